/** RT_TABLE_*: the routing tables with names. include/uapi/linux/rtnetlink.h */
export const tables = { unspec: 0, default: 253, main: 254, local: 255 } as const
