import { expect, test } from 'vitest';
import { describeDockerRestart, startDockerCommand } from '../../src/core/docker-service.js';

const only = (folder: string) => (path: string) => path === folder;

test.each([
  ['systemd', '/run/systemd/system', 'systemctl start docker', 'restart it: sudo systemctl restart docker'],
  ['OpenRC', '/run/openrc', 'service docker start', 'restart it: sudo service docker restart'],
  ['no service manager', '/nowhere', 'dockerd', 'end dockerd, and start it again: sudo dockerd'],
])(
  'with %s the engine is started by its command, which takes sudo for a user alone',
  (_name, folder, start, restart) => {
    const isThere = only(folder);
    expect(startDockerCommand({ uid: 0, isThere })).toBe(start);
    expect(startDockerCommand({ uid: 1000, isThere })).toBe(`sudo ${start}`);
    expect(describeDockerRestart({ uid: 1000, isThere })).toBe(restart);
  },
);
