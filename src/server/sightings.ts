/** Users remembered before all are forgotten: then some impressions are recorded twice, and none is lost. */
const CAPACITY = 100_000;

/** Who saw what lately. On the path of every evaluation, so it looks up by two plain keys and makes no text of them. */
export interface Sightings {
  /** Whether the user saw the same of the flag within the window; remembers it. */
  again(flagKey: string, userId: string, shown: unknown, now: number): boolean;
}

interface Sighting {
  shown: unknown;
  at: number;
}

/** @param windowMs zero remembers nothing */
export function createSightings(windowMs: number): Sightings {
  let byFlag = new Map<string, Map<string, Sighting>>();
  let size = 0;

  return {
    again(flagKey, userId, shown, now) {
      if (windowMs === 0) return false;
      let byUser = byFlag.get(flagKey);
      if (!byUser) byFlag.set(flagKey, (byUser = new Map<string, Sighting>()));
      const last = byUser.get(userId);
      if (last) {
        if (last.shown === shown && now - last.at < windowMs) return true;
        last.shown = shown;
        last.at = now;
        return false;
      }
      byUser.set(userId, { shown, at: now });
      if (++size > CAPACITY) {
        byFlag = new Map();
        size = 0;
      }
      return false;
    },
  };
}
