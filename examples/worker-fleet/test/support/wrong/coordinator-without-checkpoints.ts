import { ForgetfulStore } from './parts.ts';
import { runCoordinator } from './run-coordinator.ts';

await runCoordinator({}, ForgetfulStore);
