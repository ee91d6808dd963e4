import type { Input, Value } from '../codec/codec.js'
import type { addressMessage } from './address.js'
import type { linkInfo } from './link/info.js'
import type { linkMessage } from './link/message.js'
import type { nsidMessage } from './nsid.js'
import type { routeMessage } from './route.js'
import type { ruleMessage } from './rule.js'

export { addressMessage, addressProtocol } from './address.js'
export { hardwareType, ifinfomsg, linkFlags, linkTable, peerMessage } from './link/attributes.js'
export { linkInfo, linkInfoOf, type PartByKind } from './link/info.js'
export { type AnyLinkKind, type LinkKindOf, linkKind, type VolatileMembers } from './link/kind.js'
export { linkKindByName, linkKinds } from './link/kinds.js'
export { linkMessage } from './link/message.js'
export { nsidMessage } from './nsid.js'
export { routeMessage, routeMetrics, routeProtocol, routeType } from './route.js'
export { ruleAction, ruleMessage } from './rule.js'
export { af, type IpFamily } from './shared/family.js'
export { altName, linkName } from './shared/link-name.js'
export { multipath, type NexthopInput, type NexthopValue } from './shared/multipath.js'
export { scope } from './shared/scope.js'
export { type RtmName, rtm, rtmName, rtnlgrp } from './types.js'

export type LinkMessage = Value<typeof linkMessage>
export type LinkMessageInput = Input<typeof linkMessage>
export type LinkInfo = Value<typeof linkInfo>
export type LinkInfoInput = Input<typeof linkInfo>
export type AddressMessage = Value<typeof addressMessage>
export type AddressMessageInput = Input<typeof addressMessage>
export type RouteMessage = Value<typeof routeMessage>
export type RouteMessageInput = Input<typeof routeMessage>
export type RuleMessage = Value<typeof ruleMessage>
export type RuleMessageInput = Input<typeof ruleMessage>
export type NsidMessage = Value<typeof nsidMessage>
