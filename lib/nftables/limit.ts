/** How long the kernel counts for a limit, seconds, by nft(8)'s words. */
export const limitPeriods = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const

/** The units of a limit on bytes, bytes. */
export const byteUnits = { bytes: 1, kbytes: 1024, mbytes: 1024 * 1024 } as const

/** How many packets may come at once unless a limit says otherwise; nft(8) leaves it unsaid. */
export const DEFAULT_BURST = 5
