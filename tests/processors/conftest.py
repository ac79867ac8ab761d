"""A small watchlist on two invented sides, so that these tests do not hang on the shipped one."""

from pathlib import Path

import pytest

from processors.tagger import Tagger
from processors.watchlist import CompiledWatchlist, load_watchlist

SMALL = """\
version: 1
id: small
name: A small watchlist
sides:
  - {id: south, name: The south}
  - {id: north, name: The north}
actors:
  - id: vietnam
    name: Vietnam
    kind: country
    side: south
    country: VN
    names:
      en: [Vietnam, Viet Nam, Vietnamese]
      vi: [Việt Nam]
      ru: [Вьетнам, вьетнамский]
      th: [เวียดนาม]
      zh: [越南]
  - id: thailand
    name: Thailand
    kind: country
    side: south
    country: TH
    names: {en: [Thailand, Thai], th: [ไทย], lo: [ໄທ], ru: [Таиланд, тайский]}
  - id: asean
    name: ASEAN
    kind: body
    side: south
    names: {en: [ASEAN, Association of Southeast Asian Nations], ru: [АСЕАН]}
    context: {en: [the bloc, the Association], ru: [десятка]}
  - id: russia
    name: Russia
    kind: country
    side: north
    country: RU
    names:
      en: [Russia, Russian, Russian Federation]
      vi: [Nga]
      ru: [Россия, российский, РФ]
      th: [รัสเซีย]
      zh: [俄罗斯]
    not: {en: [Russian Blue, Russian doll], zh: [俄罗斯方块]}
  - id: moscow
    name: Moscow
    kind: place
    side: north
    country: RU
    names: {en: [Moscow], ru: [Москва]}
    not: {en: [Idaho, "Moscow, Idaho", Moscow mule]}
  - id: putin
    name: Vladimir Putin
    kind: person
    side: north
    country: RU
    names: {en: [Vladimir Putin], ru: [Владимир Путин]}
    context: {en: [Putin], ru: [Путин]}
  - id: embassy
    name: Embassy of Russia in Vietnam
    kind: organisation
    side: north
    country: RU
    names: {en: [Embassy of Russia in Vietnam]}
  - id: european-union
    name: European Union
    kind: body
    names: {en: [European Union, EU]}
    context: {en: [the bloc]}
  - id: china
    name: China
    kind: country
    country: CN
    names: {en: [China]}
  - id: india
    name: India
    kind: country
    country: IN
    names: {en: [India, Indian]}
themes:
  - {id: energy, name: Energy, cues: {en: [oil, gas, pipeline*], ru: [нефт*]}}
  - {id: tourism, name: Tourism, cues: {en: [touris*, visa]}}
  - {id: culture, name: Culture, cues: {en: [gas museum, ballet]}, faint: {en: [art, stage]}}
  - {id: health, name: Health, weight: 1.5, cues: {en: [vaccin*]}}
relation:
  sides: [south, north]
  cues: {en: [talks, cooperat*, signed, visit*], ru: [переговор*]}
  negative: {en: [football, goalkeeper]}
"""


@pytest.fixture
def small_path(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> CompiledWatchlist:
    path = tmp_path_factory.mktemp("watchlist") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return load_watchlist(path)


@pytest.fixture(scope="session")
def tagger(small: CompiledWatchlist) -> Tagger:
    return Tagger([small])
