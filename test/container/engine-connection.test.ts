import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/entries.js';
import { findContext } from '../../src/container/docker-context.js';
import { readConnection, renderConnection } from '../../src/container/engine-connection.js';
import { createTempFolder } from '../../src/process/journal/temp-folder.js';

const certificates = `${root}test/container/support/tls/client`;

test('DOCKER_HOST says where the engine is', () => {
  expect(readConnection({})).toEqual({ socketPath: '/var/run/docker.sock' });
  expect(readConnection({ DOCKER_HOST: '' })).toEqual({ socketPath: '/var/run/docker.sock' });
  for (const address of ['unix:///run/user/7/docker.sock', 'tcp://10.0.0.9:2375', 'tcp://[fd00::9]:2375'])
    expect(renderConnection(readConnection({ DOCKER_HOST: address }))).toBe(address);
  expect(readConnection({ DOCKER_HOST: 'tcp://[fd00::9]:2375' })).toEqual({ host: 'fd00::9', port: 2375 });
});

test('with DOCKER_TLS_VERIFY, or at the port of TLS, certificates come from DOCKER_CERT_PATH', () => {
  const tls = expect.objectContaining({ key: expect.stringContaining('BEGIN PRIVATE KEY') });
  const asked = { DOCKER_HOST: 'tcp://10.0.0.9:1', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates };
  expect(readConnection(asked)).toEqual({ host: '10.0.0.9', port: 1, tls });
  const usual = { DOCKER_HOST: 'tcp://10.0.0.9:2376', DOCKER_CERT_PATH: certificates };
  expect(readConnection(usual)).toEqual({ host: '10.0.0.9', port: 2376, tls });
  expect(() => readConnection({ ...usual, DOCKER_CERT_PATH: undefined })).toThrow(
    'container is not available: the engine of DOCKER_HOST is to be reached by TLS, and DOCKER_CERT_PATH does not say with ' +
      'which certificates. To mend it: set DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem',
  );
  expect(() => readConnection({ ...usual, DOCKER_CERT_PATH: '/nowhere' })).toThrow(
    "the certificates of the engine cannot be read: ENOENT: no such file or directory, open '/nowhere/ca.pem'",
  );
});

test('an address that cannot be used is refused with one that can', () => {
  expect(() => readConnection({ DOCKER_HOST: 'ssh://me@build' })).toThrow(
    'container is not available: DOCKER_HOST=ssh://me@build is no address that can be used here. To mend it: ' +
      'ssh -N -L /tmp/engine.sock:/var/run/docker.sock me@build, and DOCKER_HOST=unix:///tmp/engine.sock',
  );
  for (const address of ['10.0.0.9:2375', 'tcp://10.0.0.9', '/var/run/docker.sock'])
    expect(() => readConnection({ DOCKER_HOST: address })).toThrow(
      `DOCKER_HOST=${address} is no address that can be used here. To mend it: set it to unix:///path/of/a.sock or tcp://host:port, or unset it`,
    );
});

test('the context of docker(1) is found by its name', () => {
  using folder = createTempFolder();
  expect(findContext(folder.path)).toBeUndefined();
  writeFileSync(join(folder.path, 'config.json'), JSON.stringify({ currentContext: 'rootless' }));
  expect(findContext(folder.path)).toBeUndefined();
  const meta = join(folder.path, 'contexts/meta', createHash('sha256').update('rootless').digest('hex'));
  mkdirSync(meta, { recursive: true });
  const host = 'unix:///run/user/7/docker.sock';
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: 'rootless', Endpoints: { docker: { Host: host } } }));
  expect(findContext(folder.path)).toEqual({ name: 'rootless', host });
});
