import { text } from '../../codec/text.js'

/** The name of a link: IFNAMSIZ is 16 with the terminating NUL. include/uapi/linux/if.h */
export const linkName = text({ min: 1, max: 15 })
/** An alternative name: ALTIFNAMSIZ is 128 with the terminating NUL. include/uapi/linux/if.h */
export const altName = text({ min: 1, max: 127 })
