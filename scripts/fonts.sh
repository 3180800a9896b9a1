#!/usr/bin/env bash
# Remakes crates/documents/fonts from the registries: Song for text, Hei for heads, Hei for rare characters.
#
# Source: npm @expo-google-fonts/noto-{serif,sans}-sc (OFL-1.1, licence text copied beside the fonts),
# subset by fonttools (PyPI). Why these three: official forms are set in Song with heads in Hei; the
# free substitutes are Noto Serif SC and Noto Sans SC. Regular and Bold carry GB 2312 (7,445 characters,
# 99.9 % of running text); the rest of GBK and what the font has of the supplementary planes (生僻字 in
# personal names) come from one Hei fallback, so that a name never prints as an empty box and the
# program stays small.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.4.3
out=$PWD/crates/documents/fonts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "fonts: fetching fonttools and the two families (about 125 MB)"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fonttools==4.68.0
for family in serif sans; do
  (cd "$work" && npm pack --silent "@expo-google-fonts/noto-$family-sc@$version" >/dev/null)
  mkdir "$work/$family"
  tar -xzf "$work/expo-google-fonts-noto-$family-sc-$version.tgz" -C "$work/$family" --strip-components=1
done

"$work/venv/bin/python" - "$work" <<'PYTHON'
import sys
from fontTools.ttLib import TTFont

work = sys.argv[1]
SIGNS = set("·—–‘’“”…〔〕《》①②③④⑤⑥⑦⑧⑨⑩□☑☒✓✗¥￥×÷±≤≥→←↑↓℃㎡§№•〇") | set(map(chr, range(0xA0, 0x100)))

def encodable(codec):
    found = set(map(chr, range(0x20, 0x7F))) | SIGNS
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                text = bytes([lead, trail]).decode(codec)
            except UnicodeDecodeError:
                continue
            if len(text) == 1 and not 0xE000 <= ord(text) <= 0xF8FF:
                found.add(text)
    return found

common = encodable("gb2312")
covered = set(map(chr, TTFont(f"{work}/sans/400Regular/NotoSansSC_400Regular.ttf").getBestCmap()))
beyond_bmp = {c for c in covered if ord(c) >= 0x20000}
# Extension A as far as 《通用规范汉字表》 has it; the rest of that block is hardly ever a name.
NAMES = set("㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮")
rare = (encodable("gbk") | beyond_bmp | NAMES) - common
for name, chars in (("common", common), ("rare", rare)):
    open(f"{work}/{name}.txt", "w").write("".join(sorted(chars)))
    print(f"fonts: {name} {len(chars)} characters")
PYTHON

subset() { # family weight characters target
  "$work/venv/bin/pyftsubset" "$work/$1/$2/Noto${1^}SC_$2.ttf" --text-file="$work/$3.txt" \
    --output-file="$out/$4" --no-hinting --layout-features=kern,locl,vert,ccmp --drop-tables+=vhea,vmtx --name-IDs='*'
}
mkdir -p "$out"
subset serif 400Regular common song-regular.ttf
subset sans 700Bold common hei-bold.ttf
subset sans 400Regular rare hei-rare.ttf
cp "$work/serif/LICENSE_FONT" "$out/OFL-noto-serif-sc.txt"
cp "$work/sans/LICENSE_FONT" "$out/OFL-noto-sans-sc.txt"
ls -l "$out"
