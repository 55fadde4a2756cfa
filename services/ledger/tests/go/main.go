// Command check verifies an exported log with golang.org/x/mod/sumdb and nothing of ours.
//
//	check VKEY NEW [OLD]
//
// VKEY is the pinned verifier key, NEW an exported folder, OLD an earlier export of the same log.
// It checks the signature, every hash tile, every entry's inclusion, and that NEW continues OLD.
// The first thing that is wrong is printed, and the exit code is 1.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // a tile is 256 hashes wide
const width = 1 << height

// folder reads tiles of one export. Go writes tile/8/L/N where C2SP writes tile/L/N.
type folder string

func (f folder) Height() int { return height }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		content, err := os.ReadFile(f.path(tile))
		if err != nil {
			return nil, err
		}
		if len(content) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s: has %d bytes", tile.Path(), len(content))
		}
		found = append(found, content)
	}
	return found, nil
}

func (f folder) path(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return filepath.Join(string(f), filepath.FromSlash(path))
}

func (f folder) entries(index int64, count int) ([][]byte, error) {
	tile := tlog.Tile{H: height, L: -1, N: index, W: count}
	path := strings.Replace(f.path(tile), "data", "entries", 1)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found [][]byte
	for len(content) > 0 {
		if len(content) < 2 || len(content) < 2+int(binary.BigEndian.Uint16(content)) {
			return nil, fmt.Errorf("%s: a length leads beyond the file", path)
		}
		length := 2 + int(binary.BigEndian.Uint16(content))
		found, content = append(found, content[2:length]), content[length:]
	}
	if len(found) != count {
		return nil, fmt.Errorf("%s: has %d entries instead of %d", path, len(found), count)
	}
	return found, nil
}

func (f folder) checkpoint(vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	content, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	if err != nil {
		return tree, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(content, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("checkpoint: not of this log")
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tree, fmt.Errorf("checkpoint: the root is no hash")
	}
	copy(tree.Hash[:], root)
	return tree, nil
}

// tiles gives the hash tiles of a tree, each at its full width.
func tiles(size int64) []tlog.Tile {
	var found []tlog.Tile
	for level := 0; size>>(height*level) > 0; level++ {
		for length, n := size>>(height*level), int64(0); n*width < length; n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: width}
			if length-n*width < width {
				tile.W = int(length - n*width)
			}
			found = append(found, tile)
		}
	}
	return found
}

// check verifies one export and gives its tree and a reader of its hashes.
func check(f folder, vkey string) (tlog.Tree, tlog.HashReader, error) {
	tree, err := f.checkpoint(vkey)
	if err != nil {
		return tree, nil, err
	}
	reader := tlog.TileHashReader(tree, f)
	for _, tile := range tiles(tree.N) {
		computed, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return tree, nil, err
		}
		content, err := os.ReadFile(f.path(tile))
		if err != nil {
			return tree, nil, err
		}
		if !bytes.Equal(computed, content) {
			return tree, nil, fmt.Errorf("%s: differs", tile.Path())
		}
	}
	for first := int64(0); first < tree.N; first += width {
		count := width
		if tree.N-first < width {
			count = int(tree.N - first)
		}
		entries, err := f.entries(first/width, count)
		if err != nil {
			return tree, nil, err
		}
		for i, entry := range entries {
			index := first + int64(i)
			proof, err := tlog.ProveRecord(tree.N, index, reader)
			if err != nil {
				return tree, nil, err
			}
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
			if err != nil {
				return tree, nil, fmt.Errorf("entry %d: %v", index, err)
			}
		}
	}
	return tree, reader, nil
}

func run(args []string) error {
	if len(args) != 2 && len(args) != 3 {
		return fmt.Errorf("usage: check VKEY NEW [OLD]")
	}
	tree, reader, err := check(folder(args[1]), args[0])
	if err != nil {
		return err
	}
	fmt.Printf("%d entries included\n", tree.N)
	if len(args) == 2 {
		return nil
	}
	old, _, err := check(folder(args[2]), args[0])
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return err
	}
	fmt.Printf("continues the log of %d entries\n", old.N)
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
