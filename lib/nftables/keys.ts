/** The keys of an interface, to refuse unknown ones; a member that is not listed does not compile. */
export const keysOf = <T>(keys: Readonly<Record<keyof T, true>>): readonly string[] => Object.keys(keys)
