/** A definition cannot be compiled. It disables the one definition that it stands in; `message` is the path of the fault. */
export class DefinitionError extends Error {}

/** Runs `work` and puts `where` in front of the path of a fault that it meets. */
export function within<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new DefinitionError(`${where}.${(error as Error).message}`, { cause: error });
  }
}
