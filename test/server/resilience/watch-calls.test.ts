import { expect, it } from "vitest";
import { watchCalls } from "../../../src/server/resilience/watch-calls";

class Counter {
  #count = 0;
  readonly name = "counter";
  async add(by: number): Promise<number> {
    return (this.#count += by);
  }
  peek(): number {
    return this.#count;
  }
}

it("sees what methods answer, of an instance of a class as of a literal, and changes nothing", async () => {
  const seen: [string, unknown][] = [];
  const watch = <T extends object>(target: T): T =>
    watchCalls(target, (name, answer) => void answer.then((value) => seen.push([name, value])));
  const counter = watch(new Counter());
  expect(await counter.add(2)).toBe(2);
  expect(counter.peek()).toBe(2);
  expect(counter.name).toBe("counter");
  const { twice } = { ...watch({ twice: async (n: number) => n * 2 }) };
  expect(await twice(4)).toBe(8);
  expect(seen).toEqual([
    ["add", 2],
    ["twice", 8],
  ]);
});
