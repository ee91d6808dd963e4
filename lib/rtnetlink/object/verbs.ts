import type { BulkOptions, Dump } from '../../connection/index.js'
import type { RequestOptions } from '../context.js'
import type { VerbName } from './description.js'

/** A synchronous or asynchronous iterable. */
type Many<T> = Iterable<T> | AsyncIterable<T>

/** Options of a listing. */
export interface ListOptions {
  /** Ends the listing with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * What can be done with one kind of object: each has the verbs that the kernel supports.
 *
 * The requests of one tick are sent in one system call, in order, and each promise settles with its own answer. Every
 * verb rejects with
 * - {@link ArgumentError} or {@link EncodeError} when a value is invalid; nothing is sent then
 * - {@link LinkNotFoundError} when a link that it refers to does not exist
 * - {@link NetlinkError} when the kernel refuses: `EPERM` without CAP_NET_ADMIN, and what its own description says
 * - {@link TimeoutError} when no answer came in time, {@link ClosedError} when the connection is closed
 * - the signal's reason when it was aborted
 */
export interface Verbs<V, Spec, Ref, Filter> {
  /**
   * All objects that match the filter, in the kernel's order. Includes the effects of all earlier requests, bulks and
   * flushes; of a bulk from an asynchronous iterable, those of the items that it had yielded.
   * @throws {@link ArgumentError} when the filter has an unknown key
   * @throws {@link NetlinkError} when the kernel refuses
   * @throws {@link DumpInterruptedError} when the objects changed during each of several attempts to read them
   */
  list(filter?: Filter & ListOptions): Promise<V[]>
  /**
   * The same as a stream: one object at a time, or in batches, in constant memory.
   * @throws {@link ArgumentError} when the filter has an unknown key
   */
  dump(filter?: Filter & ListOptions): Dump<V>
  /**
   * Adds an object.
   * @throws {@link NetlinkError} `EEXIST` when it exists
   */
  add(spec: Spec, options?: RequestOptions): Promise<void>
  /** Adds an object, or replaces the one that is there. */
  replace(spec: Spec, options?: RequestOptions): Promise<void>
  /**
   * Changes an object that exists.
   * @throws {@link NetlinkError} `ENOENT` when it does not
   */
  change(spec: Spec, options?: RequestOptions): Promise<void>
  /** Adds an object after those that have the same destination and metric. */
  append(spec: Spec, options?: RequestOptions): Promise<void>
  /** Adds an object before those that have the same destination and metric. */
  prepend(spec: Spec, options?: RequestOptions): Promise<void>
  /**
   * Deletes an object.
   * @throws {@link NetlinkError} `ENOENT`, `ESRCH` or `EADDRNOTAVAIL` when it does not exist
   */
  delete(ref: Ref, options?: RequestOptions): Promise<void>
  /**
   * Adds many objects in few system calls, without a promise for each; resolves to the number that were added.
   * @throws {@link BulkError} with each failure and its index, unless `onFailure` is given
   */
  addAll(specs: Many<Spec>, options?: BulkOptions<Spec>): Promise<number>
  /**
   * Replaces many objects.
   * @throws {@link BulkError} when any failed, as `addAll` does
   */
  replaceAll(specs: Many<Spec>, options?: BulkOptions<Spec>): Promise<number>
  /**
   * Changes many objects.
   * @throws {@link BulkError} when any failed, as `addAll` does
   */
  changeAll(specs: Many<Spec>, options?: BulkOptions<Spec>): Promise<number>
  /**
   * Appends many objects.
   * @throws {@link BulkError} when any failed, as `addAll` does
   */
  appendAll(specs: Many<Spec>, options?: BulkOptions<Spec>): Promise<number>
  /**
   * Prepends many objects.
   * @throws {@link BulkError} when any failed, as `addAll` does
   */
  prependAll(specs: Many<Spec>, options?: BulkOptions<Spec>): Promise<number>
  /**
   * Deletes many objects.
   * @throws {@link BulkError} when any failed, as `addAll` does
   */
  deleteAll(refs: Many<Ref>, options?: BulkOptions<Ref>): Promise<number>
  /**
   * Deletes all objects that match the filter; resolves to the number that it deleted. Objects that are removed as a
   * side effect, as a secondary address with its primary, are not errors.
   * @throws {@link NetlinkError} when the kernel refuses to delete one
   */
  flush(filter?: Filter & ListOptions): Promise<number>
}

/** The verbs of a kind of object that has these changes, and perhaps `flush`. */
export type VerbsOf<V, Spec, Ref, Filter, Verb extends VerbName, Flush extends 'flush' | never> = Pick<
  Verbs<V, Spec, Ref, Filter>,
  'list' | 'dump' | Verb | `${Verb}All` | Flush
>
