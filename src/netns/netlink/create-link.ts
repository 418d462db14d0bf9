import { quote } from '../../core/errors.js';
import { AttributeWriter } from './attribute-writer.js';
import { findBooleanProblems, findOptionalRangeProblems, INDEX_RANGE, throwProblems } from './checks.js';
import { encodeLinkHeader, IFF, IFLA, IFLA_INFO } from './link-header.js';
import { findSettingsProblems, type LinkSettings, writeSettings } from './link-settings.js';
import { createRequest, type NetlinkRequest, NLM_F } from './message.js';

/** What may be said of every link when it is created. */
export interface CreateLinkOptions extends LinkSettings {
  readonly name: string;
  /** @defaultValue chosen by the kernel */
  readonly index?: number;
  /** Switched on at once. @defaultValue false */
  readonly isUp?: boolean;
  /** The index of the bridge or vrf that it becomes a port of. @defaultValue none */
  readonly masterIndex?: number;
}

/** What a kind of link adds to a request. */
export interface LinkKindRequest {
  /** Who is asked, for messages: `encodeCreateBridge`. */
  readonly caller: string;
  /** As the kernel knows it: `bridge`. */
  readonly kind: string;
  readonly problems?: readonly string[];
  /** The device that it stands on. */
  readonly lowerIndex?: number | undefined;
  /** Writes into IFLA_INFO_DATA. */
  readonly writeData?: (data: AttributeWriter) => unknown;
}

/**
 * A request that creates a link, with an echo that tells its index (Linux 6.2; earlier kernels send none). EEXIST for a
 * name or index that is taken, EOPNOTSUPP "Unknown device type" without that kind (net/core/rtnetlink.c, rtnl_newlink).
 *
 * @throws UsageError
 */
export function createLinkRequest(options: CreateLinkOptions, request: LinkKindRequest): NetlinkRequest {
  const { name, index, isUp = false, masterIndex } = options;
  const { caller, kind, problems = [], lowerIndex, writeData } = request;
  throwProblems(caller, [
    ...(name === undefined ? ['name must be given'] : []),
    ...findOptionalRangeProblems('index', index, INDEX_RANGE),
    ...findSettingsProblems('', options),
    ...findBooleanProblems('isUp', options.isUp),
    ...findOptionalRangeProblems('masterIndex', masterIndex, INDEX_RANGE),
    ...problems,
  ]);
  const writer = new AttributeWriter(
    encodeLinkHeader({
      ...(index === undefined ? {} : { index }),
      ...(isUp ? { flags: IFF.UP, changeMask: IFF.UP } : {}),
    }),
  );
  writeSettings(writer, options);
  if (masterIndex !== undefined) writer.u32(IFLA.MASTER, masterIndex);
  if (lowerIndex !== undefined) writer.u32(IFLA.LINK, lowerIndex);
  writeLinkInfo(writer, kind, writeData);
  const action = `create ${kind} ${quote(name)}`;
  return createRequest('RTM_NEWLINK', writer.finish(), action, NLM_F.CREATE | NLM_F.EXCL | NLM_F.ECHO);
}

/** A request that changes what is particular to a kind of link: of a link (DATA) or of a port of one (SLAVE_DATA). */
export function changeLinkRequest(
  index: number,
  action: string,
  writeInfo: (info: AttributeWriter) => unknown,
): NetlinkRequest {
  const payload = new AttributeWriter(encodeLinkHeader({ index })).nested(IFLA.LINKINFO, writeInfo).finish();
  return createRequest('RTM_NEWLINK', payload, action);
}

function writeLinkInfo(writer: AttributeWriter, kind: string, writeData: LinkKindRequest['writeData']): void {
  writer.nested(IFLA.LINKINFO, (info) => {
    info.string(IFLA_INFO.KIND, kind);
    if (writeData !== undefined) info.nested(IFLA_INFO.DATA, writeData);
  });
}
