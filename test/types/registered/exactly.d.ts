/** `exactly<T>()(value)` compiles where `value` has the type `T`: not a narrower one, not a wider one, not `any`. */
declare function exactly<Expected>(): <Actual>(
  value: (<X>() => X extends Actual ? 1 : 2) extends <X>() => X extends Expected ? 1 : 2 ? Actual : never,
) => void;
