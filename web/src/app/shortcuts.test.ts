// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { KeyReader, kShortcuts } from "./shortcuts";

const kOn = { all: false, names: [] };
const press = (key: string, more: object = {}) => ({ key, ctrl: false, alt: false, typing: false, ...more });

describe("KeyReader", () => {
  it("reads single keys and chords", () => {
    const reader = new KeyReader();
    expect(reader.read(press("j"), 0, kOn)).toBe("next");
    expect(reader.read(press("g"), 0, kOn)).toBeUndefined();
    expect(reader.read(press("d"), 100, kOn)).toBe("go /");
    expect(reader.read(press("d"), 200, kOn)).toBe("evidence");
  });
  it("forgets a chord that was begun too long ago", () => {
    const reader = new KeyReader();
    reader.read(press("g"), 0, kOn);
    expect(reader.read(press("d"), 5000, kOn)).toBe("evidence");
  });
  it("keeps quiet while somebody types, except for the palette", () => {
    const reader = new KeyReader();
    expect(reader.read(press("j", { typing: true }), 0, kOn)).toBeUndefined();
    expect(reader.read(press("k", { ctrl: true, typing: true }), 0, kOn)).toBe("palette");
    expect(reader.read(press("j", { alt: true }), 0, kOn)).toBeUndefined();
    expect(reader.read(press("j", { ctrl: true }), 0, kOn)).toBeUndefined();
  });
  it("does nothing that was switched off", () => {
    const reader = new KeyReader();
    expect(reader.read(press("m"), 0, { all: true, names: [] })).toBeUndefined();
    expect(reader.read(press("m"), 0, { all: false, names: ["mute"] })).toBeUndefined();
    expect(reader.read(press("k", { ctrl: true }), 0, { all: true, names: [] })).toBe("palette");
    expect(reader.read(press("k", { ctrl: true }), 0, { all: false, names: ["palette"] })).toBeUndefined();
  });
  it("never confuses two shortcuts", () => {
    const keys = kShortcuts.map((shortcut) => shortcut.keys);
    expect(new Set(keys).size).toBe(keys.length);
    const chords = keys.filter((each) => each.includes(" ") && !each.startsWith("Ctrl")).map((each) => each.split(" ")[0]);
    expect(keys.filter((each) => chords.includes(each))).toEqual([]);
  });
});
