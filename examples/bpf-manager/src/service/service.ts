import {
  type handleUnaryCall,
  type ServerErrorResponse,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { toManagerError } from '../errors.js';
import type { Manager } from '../manager/manager.js';
import {
  fromTypeEnum,
  toFindingMessage,
  toLinkMessage,
  toProgramMessage,
  toProgramRequest,
  toTargetRequest,
} from './convert.js';
import type { MethodName, Request, Response } from './messages.js';

/** The service's methods over a manager. A request that fails answers with the status of its `ManagerError`. */
export function createService(manager: Manager): UntypedServiceImplementation {
  return {
    Load: handle<'Load'>(async ({ programs }) => {
      const loaded = await manager.load(programs.map(toProgramRequest));
      return { programs: loaded.map((program) => toProgramMessage({ ...program, links: [] })) };
    }),
    Unload: handle<'Unload'>(({ id }) => manager.unload(id)),
    Attach: handle<'Attach'>(async (request) => {
      const { link, warnings } = await manager.attach(request.programId, toTargetRequest(request));
      return { link: toLinkMessage(link), warnings };
    }),
    Detach: handle<'Detach'>(({ linkId }) => manager.detach(linkId)),
    List: handle<'List'>(async ({ type, metadata }) => {
      const programs = manager.list({ type: fromTypeEnum(type), metadata });
      return { programs: programs.map(toProgramMessage) };
    }),
    Get: handle<'Get'>(async ({ id }) => ({ program: toProgramMessage(manager.get(id)) })),
    Reconcile: handle<'Reconcile'>(async ({ repair }) => {
      const { findings, remaining, failures } = await manager.reconcile({ repair });
      return { findings: findings.map(toFindingMessage), remaining: remaining.map(toFindingMessage), failures };
    }),
  };
}

function handle<M extends MethodName>(
  method: (request: Request<M>) => Promise<Response<M>>,
): handleUnaryCall<Request<M>, Response<M>> {
  return (call, respond) => {
    method(call.request).then(
      (response) => respond(null, response),
      (error: unknown) => respond(toStatus(error)),
    );
  };
}

function toStatus(error: unknown): Partial<ServerErrorResponse> {
  const { code, message } = toManagerError(error, 'unexpected');
  return { code: status[code], details: message };
}
