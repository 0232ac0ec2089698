import { expect, test } from "vitest";
import { linesOf, rangeOf } from "./health";

const at = (second: number) => new Date(1_700_000_000_000 + second * 1000).toISOString();
const point = (second: number, mean: number | null) => ({ at: at(second), least: mean, mean, most: mean });

test("what is missing is a gap, and a late sample is none", () => {
  const lines = linesOf(
    {
      from: at(0),
      to: at(100),
      step_s: 5,
      series: [
        { name: "a", title: "A", unit: "count", points: [point(0, 1), point(10, 2), point(60, 3)] },
        { name: "b", title: "B", unit: "count", points: [point(0, null), point(10, 5)] },
      ],
    },
    [],
  );
  expect(lines.times.map((time) => time - 1_700_000_000)).toEqual([0, 10, 15, 60]);
  expect(lines.series).toEqual([
    { name: "A", values: [1, 2, null, 3] },
    { name: "B", values: [null, 5, null, null] },
  ]);
});

test("samples that came since stand behind the history", () => {
  const history = {
    from: at(0),
    to: at(100),
    step_s: 5,
    series: [{ name: "a", title: "A", unit: "count", points: [point(90, 1)] }],
  };
  const tail = [85, 90, 97, 102].map((second) => ({ at: 1_700_000_000 + second, values: { a: second } }));
  expect(linesOf(history, tail).series[0]?.values).toEqual([1, 97, 102]);
});

test("nothing is no point", () => {
  expect(linesOf({ from: at(0), to: at(9), step_s: 5, series: [] }, []).times).toEqual([]);
});

test("a range that nobody knows is the shortest", () => {
  expect(rangeOf("nonsense").word).toBe("15m");
  expect(rangeOf("30d").seconds).toBe(2_592_000);
});
