// The form that checks a receipt's proof in the page: nothing is sent anywhere.

import { hex, Malformed, NoQuorum, parsePolicy, toBase64, Unsigned, verifyTlogProof } from "./proof.js";

const form = document.querySelector("#verify-form");
const policy = document.querySelector("#policy-text");
const pasted = document.querySelector("#proof-text");
const picked = document.querySelector("#proof-file");
const result = document.querySelector("#verify-result");

const utf8 = new TextEncoder();
const TIME = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai",
  dateStyle: "long",
  timeStyle: "medium",
});

function say(tone, title, lines) {
  const box = document.createElement("div");
  box.className = `alert ${tone}`;
  const head = document.createElement("p");
  head.className = "alert-title";
  head.textContent = title;
  box.append(head);
  for (const line of lines) {
    const words = document.createElement("p");
    words.textContent = line;
    box.append(words);
  }
  result.replaceChildren(box);
}

async function given() {
  const [file] = picked.files;
  if (file) return new Uint8Array(await file.arrayBuffer());
  return utf8.encode(pasted.value.replaceAll("\r\n", "\n").trimStart());
}

function found({ checkpoint, witnesses, time, record, index }) {
  const lines = [
    `记录：${record.topic}，账本 ${checkpoint.origin} 的第 ${index + 1} 条。`,
    `记入时间：${TIME.format(new Date(record.recordedAt / 1000))}（北京时间）。`,
    `办理标识：${record.stream}，第 ${record.version} 版。`,
    `检查点：共 ${checkpoint.size} 条记录，根 ${toBase64(checkpoint.root)}（${hex(checkpoint.root).slice(0, 16)}…）。`,
    `见证方：${[...witnesses.keys()].join("、") || "策略不要求"}。`,
  ];
  if (time) lines.push(`见证时间：${TIME.format(new Date(time * 1000))}（北京时间）。`);
  return lines;
}

function failed(fault) {
  if (fault instanceof Unsigned) return ["签名不符", `${fault.message}。请保存此文件并向领导小组办公室反映。`];
  if (fault instanceof NoQuorum) return ["见证不足", `${fault.message}。可稍后重新索取证明。`];
  if (fault instanceof Malformed) return ["未通过核验", `${fault.message}。请确认粘贴完整、没有改动。`];
  return ["无法核验", "此浏览器缺少所需的密码功能，请换用较新的浏览器，或使用离线核验程序。"];
}

async function verify(event) {
  event.preventDefault();
  const bytes = await given();
  if (!bytes.length) {
    say("wait", "尚未提供证明", ["请选择文件或粘贴内容。"]);
    pasted.focus();
    return;
  }
  try {
    const trusted = await parsePolicy(utf8.encode(policy.value));
    say("good", "核验通过：这条记录在账本中，未被改动", found(await verifyTlogProof(trusted, bytes)));
  } catch (fault) {
    const [title, ...lines] = failed(fault);
    say("stop", title, lines);
  }
}

if (form && policy) {
  form.hidden = false;
  form.addEventListener("submit", verify);
  form.addEventListener("reset", () => result.replaceChildren());
}
