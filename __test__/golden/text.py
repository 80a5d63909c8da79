"""Writes text.json: what Hugging Face's tokenizers make of texts, for text.test.ts.

    python __test__/golden/text.py     # needs tokenizers
"""

import gzip
import json
from pathlib import Path

import tokenizers
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

HERE = Path(__file__).parent
TEXT = gzip.open(HERE / "../../crates/data/embedded/tiny-shakespeare.txt.gz", "rt").read()
LINES = TEXT[:50_000].split("\n")
CASES = [
    "",
    " ",
    "To be, or not to be: that is the question.",
    "we've  two   blanks,\n\tand they'll stay'd",
    "naïve café, ÀÉÎ ß ﬁ x²  Ⅷ ١٢",
    "中文 汉字, русский, हिन्दी",
    "😀 👩‍🔬 e\u0301",
    "line\r\nline\u2028end\u00a0.",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "<|endoftext|>[MASK] and [SEP]",
    TEXT[60_000:62_000],
]


def encoded(tokenizer, texts=CASES):
    ids = [tokenizer.encode(text).ids for text in texts]
    return [
        {"text": text, "ids": one, "decoded": tokenizer.decode(one)} for text, one in zip(texts, ids)
    ]


def byte_pairs(prefix_space):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        min_frequency=2,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        max_token_length=8 if prefix_space else None,
    )
    tokenizer.train_from_iterator(LINES, trainer)
    options = {"vocabularySize": 700, "addPrefixSpace": prefix_space}
    if prefix_space:
        options["maxTokenLength"] = 8
    return {"config": {"type": "bytePairs", **options}, "cases": encoded(tokenizer)}


def words(cut, lowercase):
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    if lowercase:
        tokenizer.normalizer = normalizers.Lowercase()
    whole = pre_tokenizers.WhitespaceSplit if cut == "whitespace" else pre_tokenizers.Whitespace
    tokenizer.pre_tokenizer = whole()
    trainer = trainers.WordLevelTrainer(
        vocab_size=500, min_frequency=2, special_tokens=["[PAD]", "[UNK]"], show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    config = {"vocabularySize": 500, "minFrequency": 2, "cut": cut, "lowercase": lowercase}
    return {"config": {"type": "words", **config}, "cases": encoded(tokenizer)}


def bert():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def unigram():
    """As T5: pieces with probabilities, blanks as ▁."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=300, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def fallback():
    """As Llama: merges of characters, bytes for those that are unknown."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def pattern():
    """As Llama 3: bytes cut by a pattern of its own, NFC before, tokens added after."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{N}{1,3}| ?\p{L}+|\s+(?!\S)|\s+|."), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.add_tokens([AddedToken("  ", normalized=True)])
    return tokenizer


FILES = {"bert": bert(), "unigram": unigram(), "fallback": fallback(), "pattern": pattern()}

golden = {
    "producer": f"tokenizers {tokenizers.__version__}",
    "lines": 50_000,
    "trained": [byte_pairs(False), byte_pairs(True), words("words", True), words("whitespace", False)],
    "files": [
        {"name": name, "json": tokenizer.to_str(), "cases": encoded(tokenizer)}
        for name, tokenizer in FILES.items()
    ],
}
(HERE / "text.json").write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")
