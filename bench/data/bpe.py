"""The peer of bpe.mjs: GPT-2's byte pair encoding by Hugging Face's tokenizers, one thread.

    python bpe.py vocab.json merges.txt input.txt

Answers each line on stdin with the seconds of both passes and the process' largest memory.
"""

import json
import resource
import sys
import time

from tokenizers import Tokenizer, models, pre_tokenizers

vocabulary, merges, text = sys.argv[1:]
tokenizer = Tokenizer(models.BPE.from_file(vocabulary, merges))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
text = open(text, encoding="utf8").read()
lines = text.split("\n")
for _ in sys.stdin:
    begin = time.perf_counter()
    tokens = len(tokenizer.encode(text).ids)
    between = time.perf_counter()
    for line in lines:
        tokenizer.encode(line).ids
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"whole": between - begin, "byLine": end - between, "peak": peak, "tokens": tokens}
    print(json.dumps(figures), flush=True)
