#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Whether every sentence of the lab can be said in another language, and is, in each that po/ has.

    messages.py [FOLDER...]      of sources in these folders; all without

Prints `ok NAME` or `not ok NAME` for each rule, with what breaks it; exit status 1 if one is broken.

  marked       a literal that looks like a sentence is in the template (tools/messages.sh), or a line of
               tests/check/not_translated says that it is none: names in JSON, commands, C
  translated   every message has a translation, none is fuzzy; a message without two letters in a row needs none
  parts        a translation names the same {parts} and quotes the same `code`
"""
import collections
import glob
import os
import re
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))

ESCAPES = {'n': b'\n', 't': b'\t', 'r': b'\r', 'a': b'\a', 'b': b'\b', 'f': b'\f', 'v': b'\v', 'e': b'\x1b'}


def unescape(text):
    """What a C literal stands for; bytes that are no UTF-8 become signs of their own."""
    def one(match):
        s = match.group(1).decode()
        if s[0] == 'x':
            return bytes([int(s[1:], 16)])
        if s[0] == 'u':
            return chr(int(s[1:], 16)).encode()
        if s.isdigit():
            return bytes([int(s, 8) & 255])
        return ESCAPES.get(s, s.encode())
    return re.sub(rb'\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|[0-7]{1,3}|.)', one, text.encode(), flags=re.S).decode(errors='replace')


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"((?:[^"\\\n]|\\.)*)"|\'(?:[^\'\\\n]|\\.)*\'|\n|[^\s]', re.S)


def literals(path):
    """(line, text) of every string of a C file; strings that stand side by side are one."""
    text = open(path, encoding='utf-8').read()
    text = re.sub(r'^[ \t]*#[ \t]*(include|error|pragma)[^\n]*', '', text, flags=re.M)
    line, parts, begun = 1, [], 0
    for match in TOKEN.finditer(text):
        token = match.group(0)
        if token.startswith('"'):
            begun = begun if parts else line
            parts.append(match.group(1))
        elif token != '\n' and not token.startswith(('/*', '//')) and token != '\\':
            if parts:
                yield begun, unescape(''.join(parts))
            parts = []
        line += token.count('\n')


CONVERSION = re.compile(r'%(?:\d+\$)?[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[diouxXeEfFgGcspn%]')


def is_sentence(text):
    plain = CONVERSION.sub(' ', text)
    plain = re.sub(r'\{\w+\}|`[^`]*`', ' ', plain)
    return re.search(r'[A-Za-z]{2,},? +[a-z]{2,}', plain) is not None


def needs_translation(text):
    plain = CONVERSION.sub('', text)
    plain = re.sub(r'\{\w+\}|`[^`]*`', '', plain)
    return re.search(r'[A-Za-z]{2}', plain) is not None


Message = collections.namedtuple('Message', 'one many translations fuzzy')


def catalogue(lines):
    """Every message of a template or catalogue."""
    messages, entry, field, fuzzy = [], {}, None, False

    def end():
        if entry.get('msgid'):
            said = [value for name, value in sorted(entry.items()) if name.startswith('msgstr')]
            messages.append(Message(entry['msgid'], entry.get('msgid_plural'), said, fuzzy))
    for line in lines:
        line = line.rstrip('\n')
        if line.startswith('#,') and 'fuzzy' in line:
            fuzzy = True
        match = re.match(r'(msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+"(.*)"$', line)
        if match:
            if match.group(1) == 'msgid':
                end()
                was_fuzzy, entry = fuzzy, {}
                fuzzy = was_fuzzy
            field = match.group(1)
            entry[field] = unescape(match.group(2))
        elif line.startswith('"') and field:
            entry[field] += unescape(line[1:-1])
        elif not line:
            end()
            entry, field, fuzzy = {}, None, False
    end()
    return messages


def not_translated():
    found = set()
    for path in glob.glob('tests/check/not_translated*') + glob.glob('tests/check/not_translated.d/*'):
        if os.path.isfile(path):
            found.update(unescape(line.rstrip('\n')) for line in open(path, encoding='utf-8') if line[0] != '#')
    return found


def verdict(rule, wrong):
    print('not ok ' + rule if wrong else 'ok ' + rule)
    for line in wrong:
        print('   ' + line)
    return bool(wrong)


def shown(text):
    return '"' + text.replace('\\', '\\\\').replace('\n', '\\n').replace('\x1b', '\\033').replace('"', '\\"') + '"'


def spans(text):
    return sorted(re.findall(r'\{[a-z]\w*\}', text)), sorted(re.findall(r'`[^`]*`', text))


def main(folders):
    template = catalogue(subprocess.run(['tools/messages.sh'], stdout=subprocess.PIPE, check=True,
                                        encoding='utf-8').stdout.splitlines())
    known = {m.one for m in template} | {m.many for m in template if m.many}
    exempt = not_translated()
    unmarked, where = [], {}
    for path in sorted(glob.glob('net/**/*.[ch]', recursive=True) + glob.glob('lab/**/*.[ch]', recursive=True) +
                       glob.glob('ui/**/*.[ch]', recursive=True)):
        if path.startswith(('net/programs/', 'net/preload/')):
            continue
        is_asked = not folders or path.startswith(tuple(folders))
        for line, text in literals(path):
            if is_asked:
                where.setdefault(text, path)
            if is_asked and is_sentence(text) and text not in known and text not in exempt:
                unmarked.append(f'{path}:{line}: {shown(text)}')
    broken = verdict('every sentence is marked', unmarked)
    for path in sorted(glob.glob('po/*.po')):
        parts = [path] + sorted(glob.glob('po/parts/*.po'))
        said = {m.one: m for part in parts for m in catalogue(open(part, encoding='utf-8'))}
        missing, differs = [], []
        for m in template:
            t = said.get(m.one)
            if (not folders or m.one in where) and needs_translation(m.one) and \
                    (not t or t.fuzzy or not all(t.translations)):
                missing.append(f'{where.get(m.one, "")}: {shown(m.one)}')
            for text in t.translations if t else []:
                if text and spans(text) not in (spans(m.one), spans(m.many or m.one)):
                    differs.append(f'{shown(m.one)} and {shown(text)}')
        broken |= verdict(f'{path}: every message is translated', missing)
        broken |= verdict(f'{path}: parts and code are the same', differs)
    return 1 if broken else 0


sys.exit(main(sys.argv[1:]))
