"""docs/guides.md holds: every file has every function that it names, and every command shows what is written beside it.

A row is `| the guide | file and functions | commands | what to see |`. A command begins with the prompt of a machine of its section's
lab, or with `host$`. In what is to be seen N is any number and … anything within a line.
"""

import contextlib
import pathlib
import re
import subprocess
import time

import pytest
from lib.lab import RunningLab
from lib.vm import ROOT

GUIDE = ROOT / "docs" / "guides.md"
CODE = re.compile(r"`([^`]+)`")
DEADLINE = 10


class Row:
    def __init__(self, section, cells):
        self.section = section
        self.title, self.where, self.commands, self.seen = cells
        self.name = re.sub(r"[^\w]+", "-", CODE.sub(r"\1", self.title)).strip("-")[:40]


class Section:
    """A chapter: its lab, the commands that come before its rows, and the rows."""

    def __init__(self, title):
        self.title, self.lab, self.before, self.rows = title, None, [], []


def read_sections():
    sections = []
    for line in GUIDE.read_text().splitlines():
        if line.startswith("## "):
            sections.append(Section(line[3:]))
        elif found := re.match(r"Lab: `make lab LAB=([\w-]+)`", line):
            sections[-1].lab = found.group(1)
            sections[-1].before = CODE.findall(line)[1:]
        elif line.startswith("| ") and not line.startswith(("| the guide", "| ---")):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
            assert len(cells) == 4, f"a row has four cells: {line}"
            sections[-1].rows.append(Row(sections[-1], cells))
    return [section for section in sections if section.rows]


ROWS = [row for section in read_sections() for row in section.rows]


def defines(text, name):
    """Does C @text hold the definition, and not only a declaration, of a function, an object or a type?"""
    for found in re.finditer(rf"^(?![\s#/*])[^;={{}}\n]*\b{name}\b", text, re.M):
        rest = text[found.end():]
        if re.match(r"(\[[^\]]*\])? =|\s*\{", rest) or re.match(r"\([^;{]*\{", rest):
            return True
    return False


def as_pattern(words):
    text = r"\s+".join(re.escape(word) for word in words.split())
    return re.sub(r"(?<![A-Z])N(?![A-Za-z])", r"\\d+", text.replace("…", ".*"))


def test_guide_reads():
    assert len(ROWS) > 60
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names), "two rows of one name"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_code_is_where_the_guide_says(row):
    text = path = None
    for name in CODE.findall(row.where):
        if "/" in name:
            path = ROOT / name
            text = path.read_text()
        elif path.suffix in (".c", ".h") and name.isidentifier():
            assert defines(text, name), f"{row.title}: no definition of {name}"
        else:
            assert name in text, f"{row.title}: no {name}"
    assert text, f"{row.title}: no file"


def walk():
    """(names, their files) of each line of net/README.md's walk, and of its table."""
    text = (ROOT / "net" / "README.md").read_text()
    for names, files in re.findall(r"^ *([a-z]\w+(?:(?: \| |, )\w+)*) {2,}([\w./]+\.c(?:, [\w./]+\.c)*)(?= |$)", text, re.M):
        if names != "timers":
            yield re.split(r" \| |, ", names), files.split(", ")
    for name, path in re.findall(r"`(\w+)`, ([\w/]+\.c)", text):
        yield [name], [path]


def test_the_life_of_a_packet_names_what_there_is():
    steps = list(walk())
    assert len(steps) > 60
    for names, files in steps:
        # Paths without a top folder are below net/; TCP's are in transport/, a second file is beside the first.
        folders = [folder for folder in ("net", "net/transport", ".") if (ROOT / folder / files[0]).exists()]
        assert folders, files
        first = (ROOT / folders[0] / files[0]).resolve()
        text = "\n".join((first.parent / pathlib.Path(file).name).read_text() for file in files)
        for name in names:
            assert defines(text, name), f"net/README.md: no {name} in {files}"


class Stage:
    """The lab that the rows of now want: booted for the first of them, and anew after a failure."""

    def __init__(self):
        self.stack, self.name, self.section, self.machines = contextlib.ExitStack(), None, None, None

    def close(self):
        self.stack.close()
        self.name = self.section = None

    def enter(self, section):
        if section.lab != self.name:
            self.close()
            self.machines = self.stack.enter_context(RunningLab(section.lab))
            self.name = section.lab
        if section is not self.section:
            for command in section.before:
                self.run(command)
            self.section = section

    def run(self, command):
        prompt, line = command.split(" ", 1)
        if prompt == "host$":
            done = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=120)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout
        assert prompt.endswith("#"), f"no prompt: {command}"
        return self.machines[prompt[:-1]].run(line, 60) + "\n"


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    yield stage
    stage.close()


def look(stage, commands, wanted):
    """What @commands print, and which of the patterns @wanted are not in it."""
    text = "".join(stage.run(command) for command in commands)
    end = time.monotonic() + DEADLINE
    # What other tasks and machines do takes its time: look again.
    while (missing := [pattern for pattern in wanted if not re.search(pattern, text)]) and time.monotonic() < end:
        time.sleep(0.2)
        text += stage.run(commands[-1])
    return text, missing


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_commands_show_it(stage, row):
    wanted = [as_pattern(words) for words in CODE.findall(row.seen)]
    commands = CODE.findall(row.commands)
    assert wanted and commands
    try:
        if row.section.lab:
            stage.enter(row.section)
        for _ in range(3):  # on a slow machine a packet may pass before the one who waits for it is there
            text, missing = look(stage, commands, wanted)
            if not missing:
                break
        assert not missing, f"{row.title}: not seen: {missing} in\n{text}"
    except BaseException:
        stage.close()
        raise
