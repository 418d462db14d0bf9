import type { Direction, Filter, LinkInfo, Pin, ProgramInfo, XdpQuery } from 'glovebox/kernel';
import type { Context } from '../context.js';
import { deviceRef } from '../dispatcher/hook.js';
import { FILTER_PRIORITY } from '../dispatcher/tc-hook.js';
import { isErrno } from '../errors.js';
import { type DeviceState, deviceState } from '../manager/device.js';
import type { Device, DispatcherKey, DispatcherRecord, LinkRecord, ProgramRecord } from '../model.js';

/** A device and what sits on its hooks. */
export interface SurveyedDevice {
  readonly device: Device;
  readonly state: DeviceState;
  readonly xdp: XdpQuery | undefined;
  /** The filters at the dispatchers' priority. */
  readonly filters: readonly Filter[];
}

/** Everything the three places hold, read once. */
export interface Survey {
  readonly programs: ReadonlyMap<number, ProgramRecord>;
  readonly links: readonly LinkRecord[];
  readonly dispatchers: readonly DispatcherRecord[];
  readonly kernelPrograms: ReadonlyMap<number, ProgramInfo>;
  readonly kernelLinks: ReadonlyMap<number, LinkInfo>;
  /** Below the root, by path. */
  readonly pins: ReadonlyMap<string, Pin>;
  /** Below the root, the root's own directories left out; those within others come first. */
  readonly directories: readonly string[];
  readonly devices: readonly SurveyedDevice[];
}

/** Reads all three places. It fails as a whole when one of them cannot be read: half a picture mends nothing. */
export async function takeSurvey(context: Context): Promise<Survey> {
  const { kernel, store, paths } = context;
  const links = store.links();
  const dispatchers = store.dispatchers();
  const programs = store.programs();
  const kernelPrograms = await kernel.programs();
  const kernelLinks = await kernel.links();
  const pins = await kernel.pins(paths.root);
  const directories = await listDirectories(context, paths.root);
  const devices = await listDevices(context, [
    ...dispatchers,
    ...links.flatMap((link) => (link.device ? [link.device] : [])),
  ]);
  return {
    programs: new Map(programs.map((program) => [program.id, program])),
    links,
    dispatchers,
    kernelPrograms: new Map(kernelPrograms.map((program) => [program.id, program])),
    kernelLinks: new Map(kernelLinks.map((link) => [link.id, link])),
    pins: new Map(pins.map((pin) => [pin.path, pin])),
    directories: directories.filter((directory) => !paths.directories.includes(directory)),
    devices: await Promise.all(devices.map((device) => surveyDevice(context, device))),
  };
}

export function findSurveyed(survey: Survey, { netns, ifindex }: Device | DispatcherKey): SurveyedDevice | undefined {
  return survey.devices.find(({ device }) => device.netns === netns && device.ifindex === ifindex);
}

export function stateOf(survey: Survey, device: Device | DispatcherKey): DeviceState {
  return findSurveyed(survey, device)?.state ?? 'interface-gone';
}

async function listDirectories(context: Context, directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await context.kernel.bpffs.readdir(directory)) {
    if (entry.kind !== 'directory') continue;
    const path = `${directory}/${entry.name}`;
    found.push(...(await listDirectories(context, path)), path);
  }
  return found;
}

/** The devices of the database, and all that there are in the manager's own namespace. */
async function listDevices({ interfaces }: Context, known: readonly Device[]): Promise<readonly Device[]> {
  const netns = await interfaces.netnsInode();
  const here = (await interfaces.interfaces()).map(({ name, index }) => {
    return { interfaceName: name, ifindex: index, netnsPath: undefined, netns };
  });
  const byPlace = new Map<string, Device>();
  for (const device of [...known, ...here]) byPlace.set(`${device.netns}/${device.ifindex}`, device);
  return [...byPlace.values()];
}

async function surveyDevice(context: Context, device: Device): Promise<SurveyedDevice> {
  const { kernel } = context;
  const gone = { device, xdp: undefined, filters: [] };
  const state = await deviceState(context, device);
  if (state !== 'present') return { ...gone, state };
  try {
    const xdp = await kernel.queryXdp(deviceRef(device));
    const filters = await Promise.all(DIRECTIONS.map((direction) => listFilters(context, device, direction)));
    return { device, state, xdp, filters: filters.flat().filter(({ priority }) => priority === FILTER_PRIORITY) };
  } catch (error) {
    if (isErrno(error, 'ENODEV')) return { ...gone, state: 'interface-gone' };
    throw error;
  }
}

const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** A device without clsact has no filters. */
async function listFilters({ kernel }: Context, device: Device, direction: Direction): Promise<readonly Filter[]> {
  try {
    return await kernel.filters({ ...deviceRef(device), direction });
  } catch (error) {
    if (isErrno(error, 'EINVAL', 'ENOENT')) return [];
    throw error;
  }
}
