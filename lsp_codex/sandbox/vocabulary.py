"""What the sandbox's model knows by heart: modules, words of other languages, examples, what names usually hold."""

from __future__ import annotations

from types import MappingProxyType

_MODULES = """
asyncio collections csv dataclasses datetime functools itertools json logging math os pathlib random re shutil
statistics string subprocess sys tempfile time typing uuid
"""
_VERBS = """
add apply build calculate check close compute convert copy count create delete draw fetch find format get greet handle
insert join list load make map merge move open parse print process read remove rename render replace reset return run
save search send set show sort split start stop sum update validate wait write
"""
_WORDS = """
die=the der=of_the das=the den=the dem=the des=of_the ein=a eine=a einer=of_a eines=of_a und=and oder=or nicht=not
ist=is sind=are wird=is werden=are zahl=number zahlen=numbers summe=sum fläche=area rechteck=rectangle
rechtecks=rectangle gibt=gives zurück=back berechnet=computes prüft=checks ob=whether gerade=even ungerade=odd
größte=largest liste=list kleinste=smallest von=of für=for mit=with ohne=without alle=all jede=each jeder=each
wenn=if dann=then sonst=otherwise datei=file wert=value werte=values ergebnis=result fehler=error länge=length
breite=width höhe=height aus=from auf=on le=the la=the les=the un=a une=a et=and ou=or pas=not est=is sont=are
nombre=number nombres=numbers somme=sum renvoie=returns calcule=computes fichier=file valeur=value valeurs=values
si=if pour=for avec=with sans=without chaque=each longueur=length largeur=width hauteur=height erreur=error el=the
los=the las=the una=a y=and o=or no=not es=is son=are número=number números=numbers suma=sum lista=list
devuelve=returns calcula=computes archivo=file valor=value valores=values para=for con=with sin=without cada=each
"""

MODULES = frozenset(_MODULES.split())
VERBS = frozenset(_VERBS.split())
WORDS = MappingProxyType(
    {word: english.replace("_", " ") for word, _, english in (pair.partition("=") for pair in _WORDS.split())}
)
"""German, French and Spanish words that comments are made of."""

EXAMPLES = MappingProxyType(
    {
        "fib": (("0", "0"), ("1", "1"), ("10", "55")),
        "fibonacci": (("0", "0"), ("1", "1"), ("10", "55")),
        "fact": (("0", "1"), ("5", "120")),
        "factorial": (("0", "1"), ("5", "120")),
        "gcd": (("12, 18", "6"), ("7, 3", "1")),
        "is_prime": (("2", "True"), ("9", "False"), ("13", "True")),
        "is_even": (("2", "True"), ("3", "False"), ("0", "True")),
        "add": (("2, 3", "5"),),
        "subtract": (("5, 3", "2"),),
        "multiply": (("2, 3", "6"),),
        "area": (("2, 3", "6"), ("0, 3", "0")),
        "square": (("3", "9"), ("-2", "4")),
        "maximum": (("1, 2", "2"), ("2, 1", "2")),
        "minimum": (("1, 2", "1"), ("2, 1", "1")),
    }
)

HOLDS = MappingProxyType(
    {
        **dict.fromkeys(("n", "i", "j", "k", "count", "number", "index", "size", "length", "age", "year"), "int"),
        **dict.fromkeys(("width", "height", "w", "h", "x", "y", "price", "rate", "ratio"), "float"),
        **dict.fromkeys(("name", "text", "word", "line", "path", "title", "message", "s", "key", "url"), "str"),
        **dict.fromkeys(("items", "numbers", "values", "words", "lines", "xs"), "list"),
        **dict.fromkeys(("flag", "verbose", "strict", "force"), "bool"),
    }
)
