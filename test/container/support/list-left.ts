import { connectEngine } from '../../../src/container/connect-engine.js';
import { ID_LABEL } from '../../../src/container/labels.js';

/** All that is in the engine with a label of ours. */
export async function listLeft(): Promise<readonly string[]> {
  const { api } = await connectEngine();
  const filters = { label: [ID_LABEL] };
  const [containers, networks, { Volumes }, images] = await Promise.all([
    api.listContainers({ all: true, filters }),
    api.listNetworks({ filters }),
    api.listVolumes({ filters }),
    api.listImages({ filters: JSON.stringify(filters) }),
  ]);
  return [
    ...containers.map(({ Id }) => `container ${Id}`),
    ...networks.map(({ Id }) => `network ${Id}`),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
    ...images.map(({ Id }) => `image ${Id}`),
  ];
}
