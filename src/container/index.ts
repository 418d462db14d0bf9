export type {
  Container,
  ContainerExit,
  ContainerRunOptions,
  ContainerRunResult,
  ContainerSpawnOptions,
  ContainerUsage,
} from './container.js';
export { ContainerError, type ContainerErrorCode, type ContainerErrorDetails } from './container-error.js';
export type { ContainerProcess, ContainerProcessExit } from './container-process.js';
export type {
  ContainerImage,
  ContainerMount,
  ContainerReady,
  ContainerSpec,
  StartContainerOptions,
} from './container-spec.js';
export {
  type ContainerNetwork,
  type ContainerNetworkOptions,
  type ContainerVolume,
  createContainerNetwork,
  createContainerVolume,
} from './networks-and-volumes.js';
export { startContainer } from './start-container.js';
