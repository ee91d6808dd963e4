export { type Addresses, type AddressFilter, type AddressRef, addresses } from './object.js'
export type { Address, AddressSpec } from './spec.js'
