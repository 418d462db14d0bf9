export type { AddressFamily } from '../native/socket-address.js';
export type { SocketEntry, SocketProtocol, SocketState } from '../process/proc/socket-table.js';
export type {
  Shell,
  ShellArgument,
  ShellCommand,
  ShellOptions,
  ShellOutput,
  SyncShell,
} from '../process/shell/shell.js';
export { Capture, type CaptureCounts } from './capture/capture.js';
export type { CaptureOptions, LinkCaptureOptions } from './capture/capture-options.js';
export { CapturedFrame, type CapturePort } from './capture/captured-frame.js';
export type { WaitForFrameOptions } from './capture/wait-for-frame.js';
export { type Cut, majoritiesRing, type PartitionArguments } from './impair/cuts.js';
export type { ImpairOptions } from './impair/impairment-options.js';
export { Partition } from './impair/partition.js';
export type { ResetConnection } from './impair/reset-connections.js';
export type { WireModule } from './impair/wire-control.js';
export { type CreateLabOptions, createLab, Lab } from './lab/create-lab.js';
export { defineLab, type LabNames, type LabNodes, type NamesOf } from './lab/define-lab.js';
export { LabBridge, type LabBridgePort } from './lab/lab-bridge.js';
export { LabHost } from './lab/lab-host.js';
export { LabLink, type LabLinkEnd, type LinkMedium } from './lab/lab-link.js';
export type * from './lab/lab-spec.js';
export type * from './lab/link-spec.js';
export type * from './lab/plan/lab-plan.js';
export { planLab } from './lab/plan/plan-lab.js';
export { chain, fanOut, mesh, pair, star, type TemplateOptions } from './lab/templates.js';
export { assertLeaksNothing, type LeaksNothingOptions } from './leaks/assert-leaks-nothing.js';
export { findLeaks, type Leak } from './leaks/find-leaks.js';
export { type DescriptorKind, type Inventory, type OpenDescriptor, takeInventory } from './leaks/inventory.js';
export type { Abnormality } from './ledger/abnormal.js';
export { type CounterDelta, CounterDeltas, Counters } from './ledger/counters.js';
export { type ExplainOptions, Explanation } from './ledger/explain.js';
export type { FlowOptions, LedgerLegs, LedgerOptions, LedgerStage, StagesOptions } from './ledger/flow.js';
export { Ledger, type LedgerReportOptions } from './ledger/ledger.js';
export {
  type LedgerBranch,
  type LedgerCause,
  type LedgerData,
  type LedgerFinding,
  type LedgerHop,
  type LedgerPoint,
  LedgerReport,
  type LedgerVerdict,
} from './ledger/ledger-report.js';
export type { InterfaceCounters, NodeCounters, SocketCounters } from './ledger/node-counters.js';
export type { BridgeMembership } from './multicast/bridge-memberships.js';
export { createMulticastRouter, MulticastRouter, type StaticMulticastRoute } from './multicast/multicast-router.js';
export type { JoinedOptions } from './multicast/wait-until-joined.js';
export type { RejectAnswer } from './netfilter/expressions.js';
export { FirewallRule } from './netfilter/firewall-rule.js';
export {
  type FirewallDirection,
  type FirewallDropOptions,
  type FirewallRejectOptions,
  HostFirewall,
} from './netfilter/host-firewall.js';
export type { LinkDropOptions } from './netfilter/link-firewall.js';
export type { NftFamily } from './netfilter/nft-message.js';
export type { NftHook } from './netfilter/nft-requests.js';
export type { NftVerdict } from './netfilter/nft-state.js';
export type { RuleCounts } from './netfilter/nft-table.js';
export { type FirewallCounter, readFirewallCounters } from './netfilter/read-firewall-counters.js';
export type { BridgePortStatus } from './netlink/bridge-port.js';
export type { IpFamily } from './netlink/ip-address.js';
export type { LinkStatistics } from './netlink/link-statistics.js';
export type { NeighbourStatus } from './netlink/neighbour-header.js';
export type { QdiscStatistics } from './netlink/qdisc-statistics.js';
export type { RouteNexthop } from './netlink/route.js';
export type { RouteType } from './netlink/route-header.js';
export type { SocketStatus } from './netlink/sock-diag.js';
export { Netns, type NetnsOptions } from './netns.js';
export { type CompileOptions, compilePacketFilter } from './packet-filter/compile.js';
export { createFrameMatcher, matchesFrame } from './packet-filter/match.js';
export { findPacketFilterMistakes, type PacketFilter } from './packet-filter/packet-filter.js';
export { PacketSocket, type PacketSocketOptions } from './packet-socket.js';
export { type ContainerlabOptions, toContainerlab } from './picture/containerlab.js';
export { toMermaid } from './picture/mermaid.js';
export type { PauseEnd, PauseOptions } from './picture/pause.js';
export type { LinkPicture, NodePicture, PictureCaption, PictureState, Tone } from './picture/picture-state.js';
export { toSvg } from './picture/svg.js';
export { PrivateNetIfaceResolver } from './private-net-iface-resolver.js';
export type { ProbeHost, ProbeOptions, ProbeProtocol, ProbeResult } from './probe/probe-options.js';
export type { CounterGroups, NetstatCounters, SnmpCounters } from './proc/counters.js';
export type { DeviceCounters, TrafficCounters } from './proc/devices.js';
export type { Membership } from './proc/memberships.js';
export type { MulticastRoute, MulticastVif } from './proc/multicast-routes.js';
export type { ArpEntry } from './proc/neighbours.js';
export { ProcNet } from './proc/proc-net.js';
export type { RouteEntry } from './proc/routes.js';
export { Sysctl } from './proc/sysctl.js';
export type { NetnsAddress, NetnsNeighbour, NetnsRoute } from './read-tables.js';
export type { LabPictureOptions } from './report/draw-lab.js';
export { type LabReport, type ReportLabOptions, reportLab } from './report/lab-report.js';
export type { ConnectionSettings, ConnectOptions, ConnectTcpOptions, ConnectUnixOptions } from './sockets/connect.js';
export type { Datagram } from './sockets/datagram-queue.js';
export type { FetchBody, FetchOptions } from './sockets/fetch-options.js';
export type { HostTable } from './sockets/host-table.js';
export type { ListenOptions, ListenTcpOptions, ListenUnixOptions } from './sockets/listen.js';
export type { MembershipOptions, MulticastSendOptions } from './sockets/multicast.js';
export type { UdpOptions } from './sockets/udp-options.js';
export { type ReceiveOptions, UdpSocket } from './sockets/udp-socket.js';
export type { SpawnInside, SpawnSyncInside } from './spawn/spawn-inside.js';
export { collectTraffic, TrafficSink } from './traffic/collect-traffic.js';
export { type GeneratedTraffic, generateTraffic } from './traffic/generate-traffic.js';
export type { CollectTrafficOptions, GenerateTrafficOptions, TrafficPlace } from './traffic/traffic-options.js';
export type { TrafficLatency, TrafficReport, TrafficStream } from './traffic/traffic-report.js';
export {
  type ArpMessage,
  type EthernetHeader,
  Frame,
  type IcmpHeader,
  type IpHeader,
  type TcpHeader,
  type UdpHeader,
} from './wire/frame.js';
export type { Impairment } from './wire/impairment-model.js';
export type { WireFaultPoints, WireFrameCall } from './wire/points.js';
export { WireFrame } from './wire/wire-frame.js';
export type { WireCounts, WireDirection, WireVerdict } from './wire/wire-protocol.js';
export type { WireHandler } from './wire/wire-switch.js';
