export type { UplinkOptions } from './options.js'
export type { UplinkAddresses } from './set-up.js'
export { connectUplink, disconnectUplink, type Uplink } from './uplink.js'
export type {
  BridgeWarning,
  ForwardingWarning,
  ForwardWarning,
  LegacyWarning,
  NameserversWarning,
  UplinkWarning,
} from './warnings.js'
