/** Takes items one by one, and hands on together those that came in one go. */
export function createBatch<T>(onBatch: (items: readonly T[]) => void): (item: T) => void {
  let items: T[] = [];
  return (item) => {
    if (!items.length)
      queueMicrotask(() => {
        const batch = items;
        items = [];
        onBatch(batch);
      });
    items.push(item);
  };
}
