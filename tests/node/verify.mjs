// node verify.mjs --key FILE [--kept FILE]… [--since SECONDS] BUNDLE…
// node verify.mjs --jobs FILE          (JSON: [{"bundle", "key", "kept": […], "since"}])
// One line of JSON for each bundle (or .tlog-proof); the exit code is that of the last.

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { members } from "./zip.mjs";
import * as proof from "../../shared/web/static/proof.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: "string" },
    jobs: { type: "string" },
    kept: { type: "string", multiple: true, default: [] },
    since: { type: "string", default: "0" },
  },
});

const bytesOf = async (path) => new Uint8Array(await readFile(path));
const jobs = values.jobs
  ? JSON.parse(await readFile(values.jobs, "utf8"))
  : positionals.map((bundle) => ({ ...values, bundle }));

for (const { bundle, key, kept, since } of jobs) {
  const policy = await proof.parsePolicy(await bytesOf(key));
  const notes = await Promise.all(kept.map(async (path) => [path, await bytesOf(path)]));
  const said = bundle.endsWith(".tlog-proof")
    ? await ofProof(bundle, policy)
    : await ofBundle(bundle, policy, notes, Number(since));
  console.log(JSON.stringify({ path: bundle, ...said }));
  process.exitCode = said.exit_code;
}

async function ofBundle(path, policy, kept, since) {
  let found;
  try {
    found = members(await bytesOf(path));
  } catch (fault) {
    const finding = { code: "unreadable", service: "", where: path, words: fault.message };
    return { verdict: "unreadable", exit_code: 2, findings: [finding], remarks: [] };
  }
  return proof.verifyBundle(found, policy, kept, since);
}

async function ofProof(path, policy) {
  try {
    const { index, record } = await proof.verifyTlogProof(policy, await bytesOf(path));
    return { verdict: "verified", exit_code: 0, index, topic: record.topic };
  } catch (fault) {
    const trusted = !(fault instanceof proof.Unsigned || fault instanceof proof.NoQuorum);
    const verdict = trusted ? "altered" : "untrusted";
    return { verdict, exit_code: proof.EXIT_CODES[verdict], findings: [{ words: fault.message }] };
  }
}
