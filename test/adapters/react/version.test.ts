import { version } from "react";
import { version as ofDom } from "react-dom";
import { expect, it } from "vitest";

it("runs on the React that the project is named after, else on the newest", ({ task }) => {
  const major = task.file.projectName === "react-18" ? "18" : "19";
  expect([version.split(".")[0], ofDom.split(".")[0]]).toEqual([major, major]);
});
