"""A data set of single files: found whole in tuilab's downloads or Keras's cache, or downloaded whole."""

import os

import pytest
from download_server import BODY, MD5, SHA256

from tuilab.errors import MissingError
from tuilab.sources.dataset_info import found_in
from tuilab.sources.published_files import PublishedFile, PublishedFiles


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture
def two(server):
    files = (PublishedFile("a.gz", len(BODY), md5=MD5), PublishedFile("b.gz", len(BODY), sha256=SHA256))
    return PublishedFiles("some", "Some images", server.url.removesuffix("file"), files, "some")


@pytest.fixture
def one(two):
    return PublishedFiles("one", "One file", two.url, two.files[:1])


def put(folder, **contents):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.gz").write_bytes(content)
    return folder


def test_where_there_is_no_copy_all_files_are_downloaded_and_verified(tmp_path, two, server):
    assert two.location() is None and two.size == 2 * len(BODY)
    told = []
    folder = two.fetch(lambda phase, what, *_: told.append((phase, what)))
    assert folder == two.location() == tmp_path / "home" / "downloads" / "some"
    assert [(folder / name).read_bytes() == BODY for name in ("a.gz", "b.gz")] == [True, True]
    assert len(server.asked) == 2 and ("downloading", "Some images (b.gz)") in told
    two.fetch()
    assert len(server.asked) == 2 and found_in(folder) == "tuilab's download"


def test_a_single_file_lies_in_no_folder_of_its_own(tmp_path, one):
    assert one.fetch() == one.location() == tmp_path / "home" / "downloads" / "a.gz"


def test_kerass_copy_is_found(tmp_path, one, two, server):
    folder = put(tmp_path / "keras" / "datasets" / "some", a=BODY, b=BODY)
    put(folder.parent, a=BODY)
    assert two.fetch() == folder and one.fetch() == folder.parent / "a.gz"
    assert not server.asked and found_in(folder) == "Keras's cache"


def test_a_download_that_was_interrupted_goes_on_with_the_file_it_lacks(tmp_path, two, server):
    put(tmp_path / "home" / "downloads" / "some", a=BODY)
    assert two.location() is None
    two.fetch()
    assert len(server.asked) == 1


def test_a_copy_that_is_not_whole_is_named_and_nothing_is_downloaded_beside_it(tmp_path, two, server):
    folder = put(tmp_path / "keras" / "datasets" / "some", a=BODY[:-1], b=bytes(len(BODY)))
    with pytest.raises(MissingError) as caught:
        two.fetch()
    sentence = caught.value.sentence
    assert f"{folder / 'a.gz'} cannot be used: it has 1,048,575 of 1,048,576 bytes" in sentence
    assert f"{folder / 'b.gz'} cannot be used: its SHA256 is" in sentence
    assert "tuilab fetch some" in caught.value.remedies[0] and not server.asked
    put(tmp_path / "home" / "downloads" / "some", a=BODY, b=BODY)
    assert two.fetch() == tmp_path / "home" / "downloads" / "some", "it hides none that is whole"


def test_a_server_with_another_file_leaves_nothing_in_place(tmp_path, one, server):
    server.body = b"<html>please log in</html>"
    with pytest.raises(MissingError, match="what was downloaded is not that file") as caught:
        one.fetch()
    assert not (tmp_path / "home" / "downloads" / "a.gz").exists()
    assert any(str(tmp_path / "keras" / "datasets") in remedy for remedy in caught.value.remedies)


def test_a_pipe_in_the_cache_is_not_waited_for(tmp_path, one):

    put(tmp_path / "keras" / "datasets")
    os.mkfifo(tmp_path / "keras" / "datasets" / "a.gz")
    with pytest.raises(MissingError, match="it is not a regular file"):
        one.location()
