import { type AnyCodec, messageFlag, type RtmName, rtm, type rtnlgrp } from '../../../protocol/index.js'
import type { Read } from '../../connection/index.js'
import type { LinkRef } from '../../link-reference.js'
import type { Resolver } from '../context.js'
import type { MessageFields } from '../watch/fields.js'
import type { KeyOf } from '../watch/key.js'

/** iproute2's verbs for changes, and the NLM_F_* that each adds to its request. rtnetlink(7), ip-route(8) */
export const VERBS = {
  add: messageFlag.create | messageFlag.exclusive,
  replace: messageFlag.create | messageFlag.replace,
  change: messageFlag.replace,
  append: messageFlag.create | messageFlag.append,
  prepend: messageFlag.create,
  delete: 0,
} as const

export type VerbName = keyof typeof VERBS

/** What RTM_NEW*, RTM_DEL* and RTM_GET* have in common: `neigh` of RTM_NEWNEIGH. */
export type MessageStem = { [K in RtmName]: K extends `get${infer Stem}` ? Stem : never }[RtmName]

/** Which of an object's message types: RTM_NEW*, RTM_DEL*, RTM_GET*. */
export type Part = 'new' | 'del' | 'get'

/** The message types of a kind of object. */
export function messageTypes(stem: MessageStem): Readonly<Record<Part, number>> {
  const typeOf = (part: Part) => rtm[`${part}${stem}` as RtmName]
  return { new: typeOf('new'), del: typeOf('del'), get: typeOf('get') }
}

/** Which objects a listing gives. */
export interface FilterDescription<V, Filter> {
  /** The filter's keys. */
  readonly keys: readonly (keyof Filter & string)[]
  /**
   * The message that asks the kernel for the listing, and the test for each object: the kernel filters by some
   * attributes only, and some kernels by none.
   */
  readonly select: (filter: Filter, resolver: Resolver) => { request: object; matches: (value: V) => boolean }
}

type Group = keyof typeof rtnlgrp

/** A message about another object, after which the kernel may have changed some of these without an announcement. */
export interface Hint {
  /** Of RTM_NEWLINK and RTM_DELLINK, those of family `unspec`, unless `of` is given. */
  readonly message: RtmName
  /** The family of the message (AF_*); any if absent. */
  readonly of?: number
  /** The family (AF_*) to list again; all if absent. */
  readonly relist?: number
}

/**
 * How to follow a kind of object through notifications. Messages are compared and stored as they are: they are decoded
 * only to be reported.
 */
export interface WatchDescription<V> {
  /** The multicast groups that announce it. */
  readonly groups: readonly Group[]
  /** The size of the fixed header of its messages, bytes; its first byte is the family. */
  readonly headerSize: number
  /** Whether a message describes one of the objects, by its fixed header. */
  readonly accepts: (view: DataView, at: number) => boolean
  /**
   * What identifies an object to the kernel, and as the first part of it, what the object has in common with the one
   * that takes its place under NLM_F_REPLACE. Nothing of it changes while the object exists.
   */
  readonly key: KeyOf
  /**
   * Whether a notification describes only a part of what a listing has.
   * @param stored the object's last message, if it is known
   */
  readonly partial?: (message: MessageFields, stored: MessageFields | undefined) => boolean
  /** Whether two objects with one key, between which messages were lost, are different ones. */
  readonly isAnother?: (previous: V, value: V) => boolean
  /**
   * Members, by their paths, that change without a notification or come with notifications only: they never make an
   * object count as changed.
   */
  readonly volatile: readonly string[] | ((value: V) => readonly string[])
  /** Members of the listing's request besides its family. */
  readonly request?: object
  /** The attribute by which another namespace is listed over this one's socket, where the kernel has one. */
  readonly target?: 'targetNetnsid'
  /** The groups of messages about other objects that `hints` names. */
  readonly hintGroups?: readonly Group[]
  readonly hints?: readonly Hint[]
  /** It changes without any message: it is listed again from time to time. */
  readonly polled?: boolean
}

/** The links that a message refers to, by the arguments that named them. */
export type LinksOf = (
  message: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, LinkRef | undefined>>

/**
 * How the object that `delete` took is compared with the one that was meant: the kernel deletes the first that has the
 * given members, and members that are absent or zero match anything.
 */
export interface ExactDeletion<V, Ref> {
  /** Whether a reference has all members of a listed object: then that object alone is meant. */
  readonly isListed: (ref: Ref) => boolean
  readonly isSame: (listed: V, deleted: V) => boolean
  /** Puts back what was deleted instead: where it was, as far as the kernel allows. */
  readonly restore: VerbName
}

/** How `flush` deletes what a listing gives. */
export interface FlushDescription<V, Filter> {
  /** What identifies an object: one that the kernel still lists after it was deleted is not deleted again. */
  readonly key: (value: V) => string
  /** Refusals that mean that the object is gone already, because it was removed together with another. */
  readonly goneCodes: readonly string[]
  /** What a flush leaves alone unless the filter asks for it. */
  readonly spares?: (value: V, filter: Filter) => boolean
}

/**
 * The description of a kind of object (links, addresses, …): its messages, its verbs, and how it is listed and watched.
 * `defineObject` makes the API from it.
 *
 * `V` is an object as it is listed, `Spec` one as it is added, `Ref` what `delete` takes, `Filter` what narrows a
 * listing.
 */
export interface Description<V, Spec, Ref, Filter, Verb extends VerbName> {
  /** Its name in watch events: `neighbour`. */
  readonly name: string
  readonly messages: MessageStem
  readonly codec: AnyCodec
  /** Reads a message; undefined for one that describes another kind of object. */
  readonly read: Read<V | undefined>
  readonly verbs: readonly Verb[]
  /** The message that adds or otherwise changes an object. */
  readonly message?: (spec: Spec, verb: Verb, resolver: Resolver) => object
  /** The message that deletes an object; if absent, `message` makes it. */
  readonly deletion?: (ref: Ref, resolver: Resolver) => object
  /** What error messages call an object: `10.0.0.0/8`. */
  readonly subject?: (spec: Spec | Ref) => string | undefined
  /** The links of a message: if the kernel refuses it, one of them may be missing. */
  readonly links?: LinksOf
  readonly filter: FilterDescription<V, Filter>
  /** The refusal by which the kernel says that there is nothing to list. */
  readonly emptyCode?: string
  readonly flush?: FlushDescription<V, Filter>
  /** Where other objects may match a reference as well. */
  readonly exact?: ExactDeletion<V, Ref>
  readonly watch?: WatchDescription<V>
}
