export { default } from "./import-direction.ts";
