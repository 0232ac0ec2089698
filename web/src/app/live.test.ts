import { describe, expect, it } from "vitest";
import { type Connection, LiveTab, type LiveEvent, type Passed, type TabWorld } from "./live";

// Tabs of one browser: one queue for the lock, one channel among them.
class Browser {
  tabs: { tab: LiveTab; events: LiveEvent[]; hear: (message: Passed) => void }[] = [];
  #queue: { id: number; leading: () => void }[] = [];
  tell: (event: LiveEvent) => void = () => {};
  connect: (connection: Connection) => void = () => {};
  streams = 0;
  now = 0;

  open() {
    const id = this.tabs.length;
    const entry = { events: [] as LiveEvent[], hear: (_: Passed) => {} } as (typeof this.tabs)[number];
    this.tabs.push(entry);
    const world: TabWorld = {
      post: (message) => this.tabs.forEach((other, at) => at !== id && other.hear(message)),
      hear: (listener) => {
        entry.hear = listener;
      },
      lead: (leading) => {
        this.#queue.push({ id, leading });
        if (this.#queue.length === 1) leading();
      },
      follow: (tell, connect) => {
        ++this.streams;
        this.tell = tell;
        this.connect = connect;
      },
      now: () => this.now,
    };
    entry.tab = new LiveTab(world, (event) => entry.events.push(event), () => {});
    return entry;
  }
  close(id: number) {
    this.tabs[id]!.hear = () => {};
    const led = this.#queue[0]?.id === id;
    this.#queue = this.#queue.filter((each) => each.id !== id);
    if (led) this.#queue[0]?.leading();
  }
}

const kEvent: LiveEvent = { name: "incident", data: { id: "SH-1", rev: 2, state: "open" } };

describe("LiveTab", () => {
  it("has one stream for eight tabs, and every tab hears each event once", () => {
    const browser = new Browser();
    const tabs = Array.from({ length: 8 }, () => browser.open());
    browser.connect("live");
    browser.tell(kEvent);
    expect(browser.streams).toBe(1);
    for (const { tab, events } of tabs) {
      expect(tab.live.connection).toBe("live");
      expect(events).toEqual([kEvent]);
    }
  });
  it("tells a tab that comes later how things are", () => {
    const browser = new Browser();
    browser.open();
    browser.now = 5;
    browser.connect("live");
    browser.now = 99;
    expect(browser.open().tab.live).toEqual({ connection: "live", changed_at: 5 });
  });
  it("hands over when the leading tab is closed", () => {
    const browser = new Browser();
    browser.open();
    const second = browser.open();
    browser.connect("live");
    browser.close(0);
    expect(browser.streams).toBe(2);
    browser.connect("reconnecting");
    expect(second.tab.live.connection).toBe("reconnecting");
    browser.tell(kEvent);
    expect(second.events).toEqual([kEvent]);
  });
  it("keeps the moment since which it is cut off", () => {
    const browser = new Browser();
    const { tab } = browser.open();
    browser.now = 10;
    browser.connect("reconnecting");
    browser.now = 20;
    browser.connect("reconnecting");
    expect(tab.live.changed_at).toBe(10);
  });
});
