"""
Writes test/golden/tokenizers: small tokenizers of the forms that GPT-2 and Pythia (byte-level BPE), Llama 2 and Gemma (BPE with ▁ and
byte fallback), and Llama 3 (byte-level, split by a pattern) have, with what the tokenizers library of Python makes of some texts.

    pip install tokenizers==0.23.2
    python tools/make_tokenizer_golden.py
"""
import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

here = Path(__file__).resolve().parent.parent / "test/golden/tokenizers"
corpus = [
    "When Mary and John went to the store, John gave a drink to Mary.",
    "The cat sat on the mat. The dog sat on the cat, and the mat sat on nothing.",
    "What follows the same token, a second time? Numbers: 12, 123, 1234 and 98765.",
    "Größe, naïve, 東京 and 🙂 are not ASCII; don't, we'll, it's.",
] * 4
texts = [
    "When Mary and John went to the store, John gave a drink to",
    " the the  cat",
    "don't 1234567 Größe 東京 🙂",
    "line\n\n  two\ttabs ",
    "xyzzy",
]


def byte_level(pattern=None):
    tokenizer = Tokenizer(models.BPE())
    if pattern is None:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(pattern), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def gpt2():
    tokenizer = byte_level()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def llama3():
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer = byte_level(pattern)
    begin = tokenizer.token_to_id("<|endoftext|>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", begin)]
    )
    return tokenizer


def llama2():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    special = ["<unk>", "<s>", "</s>"]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=380, special_tokens=special + bytes_, limit_alphabet=40, show_progress=False
    )
    tokenizer.train_from_iterator(corpus, trainer)
    # Bytes are tokens like others, not special ones.
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] in special]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


for name, make in {"gpt2": gpt2, "llama2": llama2, "llama3": llama3}.items():
    folder = here / name
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = make()
    state = json.loads(tokenizer.to_str())
    (folder / "tokenizer.json").write_text(json.dumps(state, ensure_ascii=False, separators=(",", ":")) + "\n")
    expected = [
        {"text": text, "ids": tokenizer.encode(text).ids, "tokens": tokenizer.encode(text).tokens} for text in texts
    ]
    golden = {"vocabulary": tokenizer.get_vocab_size(), "texts": expected}
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
