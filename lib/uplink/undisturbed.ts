import { setTimeout as sleep } from 'node:timers/promises'
import { isDumpInterruptedError, isNetlinkError, isTransactionError } from '../connection/index.js'

const ATTEMPTS = 8
const BACK_OFF_MS = 20

/** Repeats `act` while other programs change the ruleset between its listing and its change, or while it is listed. */
export async function untilUndisturbed<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      const isDisturbed =
        isNetlinkError(error, 'ENOENT') || isTransactionError(error) || isDumpInterruptedError(error)
      if (!isDisturbed || attempt === ATTEMPTS) throw error
      await sleep(BACK_OFF_MS * attempt)
    }
  }
}
