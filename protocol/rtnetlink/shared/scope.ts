import { u8 } from '../../codec/integers.js'
import { enumeration } from '../../codec/names.js'

/** RT_SCOPE_*, with iproute2's name `global` for RT_SCOPE_UNIVERSE. include/uapi/linux/rtnetlink.h */
export const scope = enumeration(u8, { global: 0, site: 200, link: 253, host: 254, nowhere: 255 })
