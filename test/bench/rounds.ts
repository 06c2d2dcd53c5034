/** How many rounds `BENCH_ROUNDS` asks for. @throws Error for what is no number of rounds. */
export function roundsAsked(usual: number): number {
  const asked = process.env["BENCH_ROUNDS"] ?? String(usual);
  const rounds = Number(asked);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`BENCH_ROUNDS: no number of rounds: ${asked}`);
  return rounds;
}
