import { parseZonedAddress } from '../../zoned-address.js'

/** The bytes of an address, in network order. */
export const addressBytes = (address: string): Uint8Array => parseZonedAddress(address, 'address').bytes
