import { errorGuard, RtnetlinkError } from '../../protocol/errors.js'

/** This kernel has no nf_tables, or cannot load its module. */
export class NftablesMissingError extends RtnetlinkError {
  override readonly name = 'NftablesMissingError'
  readonly code = 'ERR_NFTABLES_MISSING'

  constructor(options?: ErrorOptions) {
    super(
      'this kernel has no nf_tables (CONFIG_NF_TABLES): load the module, or use a kernel that has it',
      options,
    )
  }
}

/** Whether an error is an {@link NftablesMissingError}, also of another copy of this package. */
export const isNftablesMissingError = errorGuard<NftablesMissingError>('NftablesMissingError')
