#!/usr/bin/env bash
# Makes the package Microsoft.ML.OnnxRuntime restorable.
#
# Where a configured NuGet source has the official package this script does nothing. Where none has it, it builds the same
# package (Microsoft's own C# sources and native libraries, MIT) from an npm archive into eng/feed, which nuget.config
# names as a source. It may be run at any time, by several processes at once; when there is nothing to do it is quick.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

id=Microsoft.ML.OnnxRuntime
version=1.29.0
recipe=1 # raise it whenever what is packed changes: built packages of an older recipe are then replaced

npm_package=com.github.asus4.onnxruntime
npm_version=0.4.9
npm_digest='sha512-BkzxduSZ9IkeDP6Q8lz2TFU2ie7hSSvS7ZIfzMooExoq0CNzJnuuGaUJ7IsojBgqO4ouD1jXah8OYyJbCN29Fg=='

feed="$repo_root/eng/feed"
package="$feed/$id.$version.nupkg"
marker="$feed/$id.$version.recipe-$recipe.sha256"
kept="$cache_root/feed/$id.$version.recipe-$recipe.nupkg"
global="${NUGET_PACKAGES:-$HOME/.nuget/packages}/microsoft.ml.onnxruntime/$version"

in_feed() { [ -f "$package" ] && [ -f "$marker" ] && [ "$(sha256_of "$package")" = "$(cat "$marker")" ]; }

# A package built here says so in its description; NuGet writes .nupkg.metadata last, when the package is installed whole.
trait='packed locally because'
official_installed() { [ -f "$global/.nupkg.metadata" ] && ! grep -q "$trait" "$global/microsoft.ml.onnxruntime.nuspec"; }

# Asks the user's own sources alone: outside the repository nuget.config is not seen, and a packages folder of its own
# keeps a package that was built here earlier from answering.
official_restores() {
  mkdir -p "$scratch_dir/probe"
  cat >"$scratch_dir/probe/probe.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="$id" Version="[$version]" />
  </ItemGroup>
</Project>
XML
  isolate "$scratch_dir/probe"
  (
    cd "$scratch_dir/probe"
    # Without an earlier copy in the way the real packages folder may be used, so that nothing is downloaded twice.
    [ ! -d "$global" ] || export NUGET_PACKAGES="$scratch_dir/packages"
    dotnet restore probe.csproj --verbosity quiet --disable-build-servers </dev/null
  ) >"$scratch_dir/probe.log" 2>&1
}

# Files in a parent folder of the scratch folder must not take part in a build there.
isolate() {
  local name
  for name in Directory.Build.props Directory.Build.targets Directory.Packages.props; do
    echo '<Project />' >"$1/$name"
  done
}

build_package() {
  need tar "Install it to unpack $npm_package."
  npm_fetch "$npm_package" "$npm_version" "$npm_digest"
  say "building $id $version from $npm_package $npm_version"

  local work="$scratch_dir/build" natives
  mkdir -p "$work"
  tar -xzf "$npm_archive" -C "$work" package/Runtime package/LICENSE package/ThirdPartyNotices.txt package/Plugins/Linux package/Plugins/Windows package/Plugins/macOS
  for natives in Linux/x64/libonnxruntime.so Windows/x64/onnxruntime.dll macOS/arm64/libonnxruntime.dylib; do
    [ -f "$work/package/Plugins/$natives" ] || die "$npm_archive holds no Plugins/$natives."
  done
  isolate "$work"
  cat >"$work/$id.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <LangVersion>latest</LangVersion>
    <AssemblyName>$id</AssemblyName>
    <RootNamespace>$id</RootNamespace>
    <Version>$version</Version>
    <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
    <DisableImplicitFrameworkDefines>true</DisableImplicitFrameworkDefines>
    <EnableDefaultItems>false</EnableDefaultItems>
    <GenerateAssemblyInfo>false</GenerateAssemblyInfo>
    <GenerateDocumentationFile>true</GenerateDocumentationFile>
    <TreatWarningsAsErrors>false</TreatWarningsAsErrors>
    <WarningLevel>0</WarningLevel>
    <RunAnalyzers>false</RunAnalyzers>
    <DebugType>embedded</DebugType>
    <Deterministic>true</Deterministic>
    <ContinuousIntegrationBuild>true</ContinuousIntegrationBuild>
    <PathMap>\$(MSBuildProjectDirectory)=/_/</PathMap>
    <PackageId>$id</PackageId>
    <Authors>Microsoft</Authors>
    <Copyright>© Microsoft Corporation. All rights reserved.</Copyright>
    <Description>ONNX Runtime $version for .NET: Microsoft's C# API and native libraries (CPU), $trait no configured package source offers the official package.</Description>
    <PackageLicenseExpression>MIT</PackageLicenseExpression>
    <PackageProjectUrl>https://github.com/microsoft/onnxruntime</PackageProjectUrl>
    <PackageTags>ONNX;ONNX Runtime;Machine Learning</PackageTags>
    <NoWarn>\$(NoWarn);NU5104;NU5128;NU5039</NoWarn>
  </PropertyGroup>
  <ItemGroup>
    <Using Include="System.Reflection" />
    <Compile Include="package/Runtime/**/*.cs" Exclude="package/Runtime/Training/**" />
    <None Include="package/LICENSE;package/ThirdPartyNotices.txt" Pack="true" PackagePath="" />
    <None Include="package/Plugins/Linux/x64/*.so" Pack="true" PackagePath="runtimes/linux-x64/native" />
    <None Include="package/Plugins/Windows/x64/*.dll" Pack="true" PackagePath="runtimes/win-x64/native" />
    <None Include="package/Plugins/macOS/arm64/*.dylib" Pack="true" PackagePath="runtimes/osx-arm64/native" />
  </ItemGroup>
</Project>
XML
  if ! (cd "$work" && dotnet pack "$id.csproj" -c Release -o "$work/out" --verbosity quiet --disable-build-servers </dev/null) >"$work/build.log" 2>&1; then
    cat "$work/build.log" >&2
    die "$id $version could not be built from $npm_package $npm_version."
  fi
  mkdir -p "$(dirname "$kept")"
  place "$work/out/$id.$version.nupkg" "$kept"
}

# place <from> <to>: copies beside the target and renames, so that no reader sees half a file.
place() {
  local part
  part="$(mktemp "$(dirname "$2")/.part.XXXXXX")"
  cp "$1" "$part"
  chmod 644 "$part"
  mv -f "$part" "$2"
}

fill_feed() {
  place "$kept" "$package"
  printf '%s\n' "$(sha256_of "$kept")" >"$scratch_dir/marker"
  find "$feed" -name "$id.$version.recipe-*.sha256" ! -path "$marker" -exec rm -f {} +
  # The marker last: without it the package is placed again.
  place "$scratch_dir/marker" "$marker"
}

# An installed copy of another local build would shadow the one just placed, since NuGet never reinstalls a version.
drop_outdated_install() {
  local installed="$global/microsoft.ml.onnxruntime.$version.nupkg"
  [ ! -d "$global" ] || official_installed || { [ -f "$installed" ] && cmp -s "$installed" "$package"; } || rm -rf "$global"
}

in_feed && exit 0
official_installed && exit 0
need dotnet "Install the .NET SDK that global.json names."

scratch
# The lock only saves double work: every file appears by a rename, and where flock is missing or does nothing
# two runs produce the same result.
if command -v flock >/dev/null 2>&1; then
  exec 9>"$feed/.lock"
  if flock -w 900 9 2>/dev/null && in_feed; then exit 0; fi
fi

if [ ! -f "$kept" ]; then
  if official_restores; then
    exit 0
  fi
  if ! grep -q 'NU110[0-9]' "$scratch_dir/probe.log"; then
    cat "$scratch_dir/probe.log" >&2
    die "could not find out whether $id $version restores (above)."
  fi
  build_package
fi
fill_feed
drop_outdated_install
