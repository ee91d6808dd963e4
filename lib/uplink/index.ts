export type { UplinkOptions } from './options.js'
export { connectUplink, disconnectUplink, type Uplink } from './uplink.js'
