import { expect, test } from "vitest";
import { kNoValue, written } from "./units";

test("a value that is not known is not a zero", () => {
  expect(written(null, "count")).toBe(kNoValue);
  expect(written(undefined, "bytes")).toBe(kNoValue);
  expect(written(0, "count")).toBe("0");
});

test("numbers have the unit a person would say", () => {
  expect(written(1536, "bytes")).toBe("1.5 kB");
  expect(written(3 * 1024 ** 4, "bytes")).toBe("3 TB");
  expect(written(0.25, "seconds")).toBe("250 ms");
  expect(written(312, "seconds")).toBe("5 min");
  expect(written(99.23, "percent")).toBe("99.2 %");
  expect(written(1_250_000, "per_second")).toBe("1.3M/s");
});
