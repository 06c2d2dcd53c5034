#!/usr/bin/env node
/**
 * The command `rollease`.
 *
 * @module
 */
import { runCli } from "./run-cli";

void runCli(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
