"""What an evidence bundle says of itself to whoever unpacks it: how to check it with three tools and without burnin."""

from typing import Final

# A test runs these lines as they stand here, in the README and in a bundle.
CHECKS: Final = r"""
# The file: the digest in its header, and that of every byte after the header. Both lines say the same.
head -c 99 "$BUNDLE" | tail -c 64; echo
tail -c +101 "$BUNDLE" | sha256sum

# Each part: as the manifest has it.
mkdir evidence && tar xzf "$BUNDLE" -C evidence && cd evidence
jq -r '.files[] | "\(.sha256)  \(.name)"' manifest.json | sha256sum --check

# Each entry: its hash is the SHA-256 of its line without the hash. No line is printed.
sed 's/,"hash":"[0-9a-f]*"}$/}/' entries.jsonl | while IFS= read -r entry; do
    printf '%s' "$entry" | sha256sum | cut -c 1-64
done > hashes.txt
jq -r .hash entries.jsonl | diff - hashes.txt

# Each day's samples: an entry seals them, some hundred at a time, with the SHA-256 of their rows. No line is printed.
for day in $(jq -r '.days[].date' manifest.json); do
    jq -r '"\(.at_us) \(.source) \(.readings)"' "samples/$day.jsonl" > rows.txt
    from=1
    jq -r --arg day "$day" 'select(.day == $day and .body.kind == "samples_sealed") | .body | "\(.count) \(.digest)"' \
        entries.jsonl > seals.txt
    while read -r count digest; do
        found=$(sed -n "${from},$((from + count - 1))p" rows.txt | sha256sum | cut -c 1-64)
        test "$found" = "$digest" || echo "$day: the samples from row $from on are not those that were sealed"
        from=$((from + count))
    done < seals.txt
done
""".strip("\n")

README_TEXT: Final = f"""\
Evidence of a burn-in, exported from the ledger of burnin.

`burnin replay --bundle FILE` checks all of it and judges its days again. It needs nothing else: no configuration, no
ledger, no network. `--key PUB` asks also that this key signed it.

manifest.json             what is here, with digests; the days and the entries that closed them; the head, which is the
                          ledger's newest entry that is this trader's or nobody's
manifest.dsse.json        the same, signed by the bot (DSSE), where it has a key
entries.jsonl             the ledger's entries of these days, and all that tell of streak, clearance, void days and keys
samples/DATE.jsonl        a day's samples as they are stored: number, microseconds since 1970, source, readings
certificates/DIGEST.json  the clearance certificates, for `burnin clearance verify`

By hand, with tar, sha256sum and jq, in a shell where BUNDLE is the path of the file:

{CHECKS}

That the ledger itself was not rewritten before, no digest in here can tell. The signature says who vouches for it; and
what others hold does: numbers and hashes of its entries stand in the messages that the bot posted, and in the
certificate (`days[].entry`, `ledger`).
"""
