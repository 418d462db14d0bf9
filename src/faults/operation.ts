export { formatOperation, type Operation, type OperationOutcome } from '../core/operation.js';
