/** The entries that a full outbox gives up, in this order; of each kind the oldest first. */
export const EXPENDABLE = ["impression", "event"] as const;
