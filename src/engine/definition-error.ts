/** A definition cannot be compiled. It disables the one definition that it stands in. */
export class DefinitionError extends Error {
  constructor(
    /** Where, from the condition or the definition outwards; `within` puts more in front. */
    readonly path: string,
    readonly detail: string,
  ) {
    super(`${path}: ${detail}`);
  }
}

/** Runs `work` and puts `where` in front of the path of a `DefinitionError` that it throws. */
export function within<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error;
    const joint = error.path === "" || error.path.startsWith("[") ? "" : ".";
    throw new DefinitionError(where + joint + error.path, error.detail);
  }
}

/** Evaluating a flag came to an `{error}` condition or to a circle of flags: it answers the caller's default. */
export class EvaluationFault extends Error {}
