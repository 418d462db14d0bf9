export type {
  Container,
  ContainerExit,
  ContainerRunOptions,
  ContainerRunResult,
  ContainerUsage,
} from './container.js';
export { ContainerError, type ContainerErrorCode, type ContainerErrorDetails } from './container-error.js';
export type {
  ContainerImage,
  ContainerMount,
  ContainerReady,
  ContainerSpec,
  StartContainerOptions,
} from './container-spec.js';
export { startContainer } from './start-container.js';
