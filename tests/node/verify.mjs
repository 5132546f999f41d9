// node verify.mjs --key FILE [--kept FILE]… [--since SECONDS] BUNDLE…
// One line of JSON for each bundle (or .tlog-proof); the exit code is that of the last.

import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { members } from "./zip.mjs";
import * as proof from "../../shared/web/static/proof.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: "string" },
    kept: { type: "string", multiple: true, default: [] },
    since: { type: "string", default: "0" },
  },
});

const bytesOf = async (path) => new Uint8Array(await readFile(path));
const policy = await proof.parsePolicy(await bytesOf(values.key));
const kept = await Promise.all(values.kept.map(async (path) => [path, await bytesOf(path)]));

for (const path of positionals) {
  const said = path.endsWith(".tlog-proof") ? await ofProof(path) : await ofBundle(path);
  console.log(JSON.stringify({ path, ...said }));
  process.exitCode = said.exit_code;
}

async function ofBundle(path) {
  let found;
  try {
    found = members(await bytesOf(path));
  } catch (fault) {
    const finding = { code: "unreadable", service: "", where: path, words: fault.message };
    return { verdict: "unreadable", exit_code: 2, findings: [finding], remarks: [] };
  }
  return proof.verifyBundle(found, policy, kept, Number(values.since));
}

async function ofProof(path) {
  try {
    const { index, record } = await proof.verifyTlogProof(policy, await bytesOf(path));
    return { verdict: "verified", exit_code: 0, index, topic: record.topic };
  } catch (fault) {
    const trusted = !(fault instanceof proof.Unsigned || fault instanceof proof.NoQuorum);
    const verdict = trusted ? "altered" : "untrusted";
    return { verdict, exit_code: proof.EXIT_CODES[verdict], findings: [{ words: fault.message }] };
  }
}
