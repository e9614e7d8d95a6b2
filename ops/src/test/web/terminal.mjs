// Two people at one terminal, in two real browsers. Arguments: base URL, task, and two pairs of a name and a password.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [base, task, owner, ownersPassword, other, othersPassword] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.MUSTER_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
browser.on("disconnected", () => process.exitCode === undefined && process.exit(3));

/** A person's own browser, which fails the test when its page does anything it should not. */
async function person(name, password) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 600 } });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(`${base}/terminal?task=${task}`);
  await page.fill("input[name=username]", name);
  await page.fill("input[name=password]", password);
  await page.click("#login button");
  await page.waitForSelector("#session:not([hidden])");
  return { page, faults };
}

const text = (page) =>
  page.evaluate(() => {
    const buffer = window.muster.terminal.buffer.active;
    return Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i).translateToString(true)).join("\n");
  });

/** The bytes that a page has, from where to where. */
const bytes = (page) =>
  page.evaluate(() => ({
    begin: window.muster.begin,
    next: window.muster.next,
    sum: window.muster.kept.flatMap((part) => Array.from(part)).reduce((sum, one) => (sum * 31 + one) >>> 0, 7),
  }));

async function until(what, holds) {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `not within 20 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const shows = (one, wanted) => until(`"${wanted}" on the screen`, async () => (await text(one.page)).includes(wanted));
const types = (one, does) =>
  until(`types: ${does}`, () => one.page.evaluate((wanted) => window.muster.types === wanted, does));

async function type(one, line) {
  await one.page.click("#screen");
  await one.page.keyboard.type(line);
  await one.page.keyboard.press("Enter");
}

// types, and sees what comes of it
const first = await person(owner, ownersPassword);
await types(first, true);
await until("the line", () => first.page.evaluate(() => document.getElementById("line").textContent === ""));
await shows(first, "$");
await type(first, "echo one-$((40 + 2))");
await shows(first, "one-42");

// the terminal is as large as the window, and follows it
const size = (one) => one.page.evaluate(() => `${window.muster.terminal.rows} ${window.muster.terminal.cols}`);
await type(first, "stty size");
await shows(first, await size(first));
const before = await size(first);
await first.page.setViewportSize({ width: 700, height: 400 });
await until("another size", async () => (await size(first)) !== before);
await type(first, "stty size");
await shows(first, await size(first));

// leaves and comes back to all of it
await first.page.reload();
await types(first, true);
await shows(first, "one-42");
await type(first, "echo two-$((40 + 3))");
await shows(first, "two-43");

// another one watches, cannot type, takes over
const second = await person(other, othersPassword);
await shows(second, "two-43");
await types(second, false);
await type(second, "echo never-$((1 + 1))");
await type(first, "echo three-$((40 + 4))");
await shows(second, "three-44");
assert.ok(!(await text(second.page)).includes("never"), "a watcher's keys arrived");
await second.page.click("#control");
await types(second, true);
await types(first, false);
await type(first, "echo never-$((1 + 1))");
await type(second, "echo four-$((40 + 5))");
await shows(first, "four-45");
assert.ok(!(await text(first.page)).includes("never"), "keys of one who was taken over from arrived");

// a program gets no clipboard, no link is followed without a question, and both have the same bytes
await type(second, "printf '\\033]52;c;ZXZpbA==\\a\\033]0;title\\a'; echo five-$((40 + 6))");
await shows(second, "five-46");
await shows(first, "five-46");
assert.equal(await first.page.title(), `#${task} · Muster`);
let last = {};
await until("the same bytes", async () => {
  last = [await bytes(first.page), await bytes(second.page)];
  return last[0].next === last[1].next;
});
assert.deepEqual(last[0], last[1]);

for (const one of [first, second]) {
  assert.deepEqual(one.faults, []);
}
process.exitCode = 0;
await browser.close();
