// The servers under test: `stage.py` in a process of its own, which ends them when we end, however that comes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const kAnswerMs = 120_000; // the longest order is a start under sanitizers on a busy machine

export class Stage {
  #process = spawn("python3", [fileURLToPath(new URL("stage.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true, // Ctrl-C reaches us; it ends by itself
  });
  #answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  #before = Promise.resolve();
  url = "";

  // One order to stage.py, as its functions are called.
  do(...order) {
    const answer = this.#before.then(() => this.#ask(order));
    this.#before = answer.catch(() => {});
    return answer;
  }

  async #ask(order) {
    this.#process.stdin.write(JSON.stringify(order) + "\n");
    const { value, done } = await within(kAnswerMs, this.#answers.next(), `an answer to ${order[0]}`);
    if (done) throw new Error(`stage.py ended at ${order[0]}`);
    const { ok, failed } = JSON.parse(value);
    if (failed) throw new Error(failed);
    return ok;
  }

  async start() {
    ({ url: this.url } = await this.do("start"));
  }

  // What the API says, to the administrator.
  async get(path) {
    const { status, body } = await this.do("call", "GET", `/api/v1${path}`);
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}`);
    return body;
  }

  async end() {
    const ended = this.#process.exitCode ?? once(this.#process, "exit");
    this.#process.stdin.end();
    await within(kAnswerMs, ended, "the end of stage.py");
  }
}

export async function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms / 1000} s: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// The first true answer of `holds()`, asked again and again until the deadline.
export async function until(what, ms, holds) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await holds();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
