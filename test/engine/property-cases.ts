/** How many cases the long properties compare; more of them by night. */
export const CASES = Number(process.env["PROPERTY_CASES"] ?? 100_000);

/** Where their choices begin: another place each time, unless one is given. */
export const SEED = Number(process.env["PROPERTY_SEED"] ?? Date.now() % 0x7fffffff);
